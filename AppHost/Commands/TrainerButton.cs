using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Analytics.AppHost.Commands;

/// <summary>What the trainer's buttons have in common.</summary>
internal static class TrainerButton
{
    private const string ClientName = "trainer-buttons";

    /// <summary>Adds a button; it can be pressed while the trainer is healthy, and what the trainer refuses is shown in its words.</summary>
    public static IResourceBuilder<ProjectResource> WithTrainerButton(
        this IResourceBuilder<ProjectResource> trainer,
        string name,
        string text,
        CommandOptions options,
        Func<TrainerApi, InteractionInputCollection, CancellationToken, Task<ExecuteCommandResult>> press)
    {
        var endpoint = trainer.GetEndpoint("http");
        trainer.ApplicationBuilder.Services.AddHttpClient(ClientName);
        options.UpdateState = context => context.ResourceSnapshot.HealthStatus == HealthStatus.Healthy
            ? ResourceCommandState.Enabled
            : ResourceCommandState.Disabled;
        return trainer.WithCommand(
            name,
            text,
            async context =>
            {
                using var client = context.Services.GetRequiredService<IHttpClientFactory>().CreateClient(ClientName);
                return await PressAsync(new TrainerApi(client, new Uri(endpoint.Url)), context.Arguments, press, context.CancellationToken);
            },
            options);
    }

    /// <summary>The result of a press; a refusal is a failure with the trainer's sentence.</summary>
    public static async Task<ExecuteCommandResult> PressAsync(
        TrainerApi api,
        InteractionInputCollection arguments,
        Func<TrainerApi, InteractionInputCollection, CancellationToken, Task<ExecuteCommandResult>> press,
        CancellationToken cancellationToken)
    {
        try
        {
            return await press(api, arguments, cancellationToken);
        }
        catch (TrainerRefusedException e)
        {
            return CommandResults.Failure(e.Message);
        }
    }

    /// <summary>The result that is shown: a sentence, and the same with a link.</summary>
    public static ExecuteCommandResult Done(string sentence, Uri page) => CommandResults.Success(
        sentence, new CommandResultData { Value = $"{sentence} [Details]({page})", Format = CommandResultFormat.Markdown });

    /// <summary>The model's input; the samples to choose from, and any other name.</summary>
    public static InteractionInput ModelInput(string description) => new()
    {
        Name = "model",
        Label = "Model",
        InputType = InputType.Choice,
        Required = true,
        AllowCustomChoice = true,
        Value = "iris",
        Options = Choices("iris", "penguins"),
        Description = description,
    };

    /// <summary>The reason's input.</summary>
    public static InteractionInput ReasonInput() => new()
    {
        Name = "reason",
        Label = "Reason",
        InputType = InputType.Text,
        Required = true,
        MaxLength = 1000,
        Description = "Kept with the setting: what the next operator reads.",
    };

    /// <summary>Choices whose text is their value.</summary>
    public static KeyValuePair<string, string>[] Choices(params string[] names) => [.. names.Select(n => KeyValuePair.Create(n, n))];

    /// <summary>An argument without the spaces around it; empty when it was left out.</summary>
    public static string Text(this InteractionInputCollection arguments, string name) => arguments.GetString(name)?.Trim() ?? "";
}
