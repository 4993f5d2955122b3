using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Analytics.AppHost.Commands;

/// <summary>The trainer's Retrain button: a form that queues a training run through the operator API.</summary>
internal static class RetrainCommand
{
    /// <summary>The command's name, for <see cref="ResourceCommandService"/>.</summary>
    public const string Name = "retrain";

    /// <summary>Adds the button; it can be pressed while the trainer is healthy.</summary>
    public static IResourceBuilder<ProjectResource> WithRetrainCommand(this IResourceBuilder<ProjectResource> trainer)
    {
        var endpoint = trainer.GetEndpoint("http");
        trainer.ApplicationBuilder.Services.AddHttpClient(Name);
        return trainer.WithCommand(Name, "Retrain", context => ExecuteAsync(context, endpoint), new CommandOptions
        {
            Description = "Queue a training run. The new version is served if it becomes champion.",
            IconName = "ArrowSync",
            IsHighlighted = true,
            Arguments = Arguments(),
            UpdateState = context => context.ResourceSnapshot.HealthStatus == HealthStatus.Healthy
                ? ResourceCommandState.Enabled
                : ResourceCommandState.Disabled,
        });
    }

    private static InteractionInput[] Arguments() =>
    [
        new()
        {
            Name = "model", Label = "Model", InputType = InputType.Choice, Required = true, AllowCustomChoice = true, Value = "iris",
            Options = Choices("iris", "penguins"), Description = "The model to make a version of; a new name makes a new model.",
        },
        new()
        {
            Name = "dataset", Label = "Data set", InputType = InputType.Choice, Required = true, AllowCustomChoice = true, Value = "iris",
            Options = Choices("iris", "penguins_raw"), Description = "The data to train on.",
        },
        new()
        {
            Name = "algorithm", Label = "Algorithm", InputType = InputType.Text, Placeholder = "the trainer's default",
            Description = "For example random-forest, lightgbm or auto.",
        },
        new()
        {
            Name = "promote", Label = "Promote", InputType = InputType.Choice, Required = true, Value = "auto",
            Options =
            [
                KeyValuePair.Create("auto", "auto: when it is not worse than the champion"),
                KeyValuePair.Create("better", "better: only when it is better"),
                KeyValuePair.Create("never", "never: keep the champion"),
                KeyValuePair.Create("force", "force: whatever the comparison says"),
            ],
        },
    ];

    private static KeyValuePair<string, string>[] Choices(params string[] names) => [.. names.Select(n => KeyValuePair.Create(n, n))];

    private static async Task<ExecuteCommandResult> ExecuteAsync(ExecuteCommandContext context, EndpointReference endpoint)
    {
        using var client = context.Services.GetRequiredService<IHttpClientFactory>().CreateClient(Name);
        var request = ((string[])["dataset", "algorithm", "promote"]).ToDictionary(name => name, context.Arguments.GetString);
        return await QueueAsync(
            client, new Uri(endpoint.Url), context.Arguments.GetString("model") ?? "", request, context.CancellationToken);
    }

    /// <summary>Queues the run; what was left empty is not sent, so that the trainer's own default holds.</summary>
    internal static async Task<ExecuteCommandResult> QueueAsync(
        HttpClient client, Uri trainer, string model, Dictionary<string, string?> request, CancellationToken cancellationToken)
    {
        var body = request.Where(r => !string.IsNullOrWhiteSpace(r.Value)).ToDictionary(r => r.Key, r => r.Value!.Trim());
        try
        {
            using var response = await client.PostAsJsonAsync(
                new Uri(trainer, $"/models/{Uri.EscapeDataString(model.Trim())}/runs"), body, cancellationToken);
            return response.IsSuccessStatusCode
                ? Queued(new Uri(trainer, response.Headers.Location ?? new Uri("/runs", UriKind.Relative)), model)
                : CommandResults.Failure(await ReasonAsync(response, cancellationToken));
        }
        catch (HttpRequestException e)
        {
            return CommandResults.Failure($"The trainer at {trainer} cannot be reached: {e.Message}");
        }
    }

    private static ExecuteCommandResult Queued(Uri run, string model) => CommandResults.Success(
        $"Run {run.Segments[^1]} of {model} is queued.",
        new CommandResultData { Value = $"Run [{run.Segments[^1]}]({run}) of **{model}** is queued.", Format = CommandResultFormat.Markdown });

    // The operator API answers faults with a problem document: its words, not HTTP's, are what the operator can act on.
    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = string.Create(CultureInfo.InvariantCulture, $"The trainer answered {(int)response.StatusCode}");
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            using var problem = JsonDocument.Parse(body);
            return Text(problem, "detail") ?? Text(problem, "title") ?? $"{status}: {body}";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return body.Length == 0 ? $"{status}." : $"{status}: {body}";
        }
    }

    private static string? Text(JsonDocument problem, string name) =>
        problem.RootElement.TryGetProperty(name, out var text) && text.GetString() is { Length: > 0 } words ? words : null;
}
