using System.Text.Json;

namespace Analytics.AppHost.Commands;

/// <summary>The trainer's Cancel button.</summary>
internal static class CancelRunCommand
{
    /// <summary>The command's name, for <see cref="ResourceCommandService"/>.</summary>
    public const string Name = "cancel-run";

    /// <summary>Adds the button.</summary>
    public static IResourceBuilder<ProjectResource> WithCancelRunCommand(this IResourceBuilder<ProjectResource> trainer) =>
        trainer.WithTrainerButton(
            Name,
            "Cancel run",
            new CommandOptions
            {
                Description = "Cancel a queued or running training run.",
                ConfirmationMessage = "The run ends without a version. What it has done so far is lost.",
                IconName = "DismissCircle",
                Arguments =
                [
                    new()
                    {
                        Name = "run", Label = "Run", InputType = InputType.Text, Placeholder = "the one that is running",
                        Description = "The run's id, as Retrain shows it. Left empty: the run that is at work, or else the one that is next.",
                    },
                ],
            },
            CancelAsync);

    /// <summary>Cancels the run.</summary>
    internal static async Task<ExecuteCommandResult> CancelAsync(
        TrainerApi api, InteractionInputCollection arguments, CancellationToken cancellationToken)
    {
        var run = arguments.Text("run");
        run = run.Length > 0 ? run : await FindAsync(api, cancellationToken);
        var answer = await api.CallAsync(HttpMethod.Delete, $"/runs/{Uri.EscapeDataString(run)}", null, null, cancellationToken);
        var model = answer.Body.GetProperty("model").GetString();
        return TrainerButton.Done(
            answer.Body.GetProperty("state").GetString() == "cancelled"
                ? $"Run {run} of {model} is cancelled."
                : $"Run {run} of {model} is asked to stop; it does within 2 s, unless its version is committed already.",
            api.Page($"/runs/{run}"));
    }

    // Lists begin with the newest; the next to be claimed is the oldest.
    private static async Task<string> FindAsync(TrainerApi api, CancellationToken cancellationToken)
    {
        foreach (var state in (string[])["running", "queued"])
        {
            var runs = (await api.GetAsync($"/runs?state={state}&limit=500", cancellationToken)).Body.GetProperty("runs");
            if (runs.EnumerateArray().LastOrDefault() is { ValueKind: JsonValueKind.Object } run)
            {
                return run.GetProperty("id").GetString()!;
            }
        }

        throw new TrainerRefusedException("No run is queued or running; there is nothing to cancel.", null);
    }
}
