namespace Analytics.AppHost.Commands;

/// <summary>The trainer's Retrain button: a form that queues a training run through the operator API.</summary>
internal static class RetrainCommand
{
    /// <summary>The command's name, for <see cref="ResourceCommandService"/>.</summary>
    public const string Name = "retrain";

    private static readonly string[] Members = ["dataset", "algorithm", "promote"];

    /// <summary>Adds the button.</summary>
    public static IResourceBuilder<ProjectResource> WithRetrainCommand(this IResourceBuilder<ProjectResource> trainer) =>
        trainer.WithTrainerButton(
            Name,
            "Retrain",
            new CommandOptions
            {
                Description = "Queue a training run. The new version is served if it becomes champion.",
                IconName = "ArrowSync",
                IsHighlighted = true,
                Arguments = Arguments(),
            },
            QueueAsync);

    /// <summary>Queues the run; what was left empty is not sent, so that the trainer's own default holds.</summary>
    internal static async Task<ExecuteCommandResult> QueueAsync(
        TrainerApi api, InteractionInputCollection arguments, CancellationToken cancellationToken)
    {
        var model = arguments.Text("model");
        var body = Members.Select(name => KeyValuePair.Create(name, arguments.Text(name))).Where(m => m.Value.Length > 0).ToDictionary();
        var answer = await api.CallAsync(HttpMethod.Post, $"/models/{Uri.EscapeDataString(model)}/runs", body, null, cancellationToken);
        var run = api.Page(answer.Location?.OriginalString ?? "/runs");
        return CommandResults.Success(
            $"Run {run.Segments[^1]} of {model} is queued.",
            new CommandResultData { Value = $"Run [{run.Segments[^1]}]({run}) of **{model}** is queued.", Format = CommandResultFormat.Markdown });
    }

    private static InteractionInput[] Arguments() =>
    [
        TrainerButton.ModelInput("The model to make a version of; a new name makes a new model."),
        new()
        {
            Name = "dataset", Label = "Data set", InputType = InputType.Choice, Required = true, AllowCustomChoice = true, Value = "iris",
            Options = TrainerButton.Choices("iris", "penguins_raw"), Description = "The data to train on.",
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
}
