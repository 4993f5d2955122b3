using System.Net;
using Analytics.AppHost.Commands;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Analytics.AppHost.Tests;

/// <summary>What the button sends and shows; the trainer's side of it is in <see cref="ApplicationTests"/>.</summary>
public sealed class RetrainCommandTests
{
    [Fact]
    public async Task Queue_Accepted_NamesTheRunAndLinksToIt()
    {
        string? path = null, body = null;
        await using var trainer = await TrainerAsync(async context =>
        {
            path = context.Request.Path;
            body = await new StreamReader(context.Request.Body).ReadToEndAsync(context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            context.Response.Headers.Location = "/runs/0197-run";
        });

        var result = await QueueAsync(trainer, ("dataset", " iris "), ("promote", "never"));

        Assert.True(result.Success);
        Assert.Equal("Run 0197-run of iris is queued.", result.Message);
        Assert.Contains($"]({Address(trainer)}runs/0197-run)", result.Data!.Value, StringComparison.Ordinal);
        Assert.Equal("/models/iris/runs", path);
        Assert.Equal("""{"dataset":"iris","promote":"never"}""", body);
    }

    [Theory]
    [InlineData("""{"title":"Bad request","status":400,"detail":"'dataset' is a stored data set; found 'nothing'."}""", "'dataset' is a stored data set; found 'nothing'.")]
    [InlineData("""{"title":"The queue is full."}""", "The queue is full.")]
    [InlineData("""{"status":400}""", """The trainer answered 400: {"status":400}""")]
    [InlineData("<html>", "The trainer answered 400: <html>")]
    [InlineData("[1]", "The trainer answered 400: [1]")]
    [InlineData("", "The trainer answered 400.")]
    public async Task Queue_Refused_ShowsTheTrainersWords(string answer, string expected)
    {
        await using var trainer = await TrainerAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return context.Response.WriteAsync(answer);
        });

        var result = await QueueAsync(trainer);

        Assert.False(result.Success);
        Assert.Equal(expected, result.Message);
    }

    [Fact]
    public async Task Queue_TrainerIsGone_SaysSo()
    {
        var nobody = new Uri($"http://127.0.0.1:{Analytics.Testing.TestServers.FreePort()}/");
        using var client = new HttpClient();

        var result = await TrainerButton.PressAsync(
            new TrainerApi(client, nobody), Arguments(("model", "iris"), ("dataset", ""), ("algorithm", ""), ("promote", "")), RetrainCommand.QueueAsync, TestContext.Current.CancellationToken);

        Assert.False(result.Success);
        Assert.StartsWith($"The trainer at {nobody} cannot be reached: ", result.Message, StringComparison.Ordinal);
    }

    private static InteractionInputCollection Arguments(params (string Name, string Value)[] values) =>
        new([.. values.GroupBy(v => v.Name).Select(g => g.Last()).Select(v => new InteractionInput { Name = v.Name, InputType = InputType.Text, Value = v.Value })]);

    private static async Task<WebApplication> TrainerAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static string Address(WebApplication trainer) => trainer.Urls.Single() + "/";

    private static async Task<ExecuteCommandResult> QueueAsync(WebApplication trainer, params (string Name, string Value)[] arguments)
    {
        using var client = new HttpClient();
        return await TrainerButton.PressAsync(
            new TrainerApi(client, new Uri(Address(trainer))),
            Arguments([("model", "iris"), ("dataset", ""), ("algorithm", ""), ("promote", ""), .. arguments]),
            RetrainCommand.QueueAsync,
            TestContext.Current.CancellationToken);
    }
}
