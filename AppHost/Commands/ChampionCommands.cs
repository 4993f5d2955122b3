using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Analytics.AppHost.Commands;

/// <summary>The trainer's buttons that change what is served: Promote challenger, and Roll back.</summary>
internal static class ChampionCommands
{
    /// <summary>The name of the command that makes the challenger champion.</summary>
    public const string PromoteName = "promote-challenger";

    /// <summary>The name of the command that goes back to the champion before.</summary>
    public const string RollbackName = "roll-back";

    /// <summary>Adds both buttons.</summary>
    public static IResourceBuilder<ProjectResource> WithChampionCommands(this IResourceBuilder<ProjectResource> trainer) =>
        trainer
            .WithTrainerButton(
                PromoteName,
                "Promote challenger",
                new CommandOptions
                {
                    Description = "Make the model's challenger its champion.",
                    ConfirmationMessage = "The scorers serve the challenger's version from the next second on.",
                    IconName = "ArrowCircleUp",
                    Arguments = [TrainerButton.ModelInput("The model whose challenger becomes champion."), TrainerButton.ReasonInput()],
                },
                PromoteAsync)
            .WithTrainerButton(
                RollbackName,
                "Roll back",
                new CommandOptions
                {
                    Description = "Make the version champion again that was it before.",
                    ConfirmationMessage = "The scorers serve the version before from the next second on.",
                    IconName = "ArrowUndo",
                    Arguments = [TrainerButton.ModelInput("The model to roll back."), TrainerButton.ReasonInput()],
                },
                RollBackAsync);

    /// <summary>Makes the challenger champion.</summary>
    internal static async Task<ExecuteCommandResult> PromoteAsync(
        TrainerApi api, InteractionInputCollection arguments, CancellationToken cancellationToken)
    {
        var model = arguments.Text("model");
        var challenger = await FindAsync(api, model, "challenger", cancellationToken)
            ?? throw new TrainerRefusedException($"Model '{model}' has no challenger. Set the alias 'challenger' to a version first.", HttpStatusCode.NotFound);
        var champion = await FindAsync(api, model, "champion", cancellationToken);
        return await SetAsync(api, model, Version(challenger.Body.GetProperty("current")), arguments.Text("reason"), champion?.ETag, cancellationToken);
    }

    /// <summary>Makes the newest past champion of another version champion.</summary>
    internal static async Task<ExecuteCommandResult> RollBackAsync(
        TrainerApi api, InteractionInputCollection arguments, CancellationToken cancellationToken)
    {
        var model = arguments.Text("model");
        var champion = await FindAsync(api, model, "champion", cancellationToken)
            ?? throw new TrainerRefusedException($"Model '{model}' has no champion; there is nothing to roll back.", HttpStatusCode.NotFound);
        var current = Version(champion.Body.GetProperty("current"));
        // The history begins with the newest setting.
        var before = champion.Body.GetProperty("history").EnumerateArray().Select(Version).Cast<int?>().FirstOrDefault(v => v != current)
            ?? throw new TrainerRefusedException(
                string.Create(CultureInfo.InvariantCulture, $"No version of model '{model}' but {current} was ever champion; there is nothing to roll back to."), HttpStatusCode.Conflict);
        return await SetAsync(api, model, before, arguments.Text("reason"), champion.ETag, cancellationToken);
    }

    // With the tag of the setting that was looked at: somebody else's change meanwhile is not undone unseen.
    private static async Task<ExecuteCommandResult> SetAsync(
        TrainerApi api, string model, int version, string reason, string? etag, CancellationToken cancellationToken)
    {
        var path = Path(model, "champion");
        await api.CallAsync(HttpMethod.Put, path, new { version, reason }, etag, cancellationToken);
        return TrainerButton.Done(string.Create(CultureInfo.InvariantCulture, $"The champion of {model} is version {version}."), api.Page(path));
    }

    private static async Task<TrainerApi.Answer?> FindAsync(TrainerApi api, string model, string alias, CancellationToken cancellationToken)
    {
        try
        {
            return await api.GetAsync(Path(model, alias), cancellationToken);
        }
        catch (TrainerRefusedException e) when (e.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private static int Version(JsonElement setting) => setting.GetProperty("version").GetInt32();

    private static string Path(string model, string alias) => $"/models/{Uri.EscapeDataString(model)}/aliases/{alias}";
}
