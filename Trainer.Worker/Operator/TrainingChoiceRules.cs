using Analytics.Registry.Database;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Runs;
using Analytics.Trainer.Worker.Training.Evaluation;
using Analytics.Trainer.Worker.Training.Search;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>Checks what a request says beyond its data, algorithm and policy.</summary>
internal static class TrainingChoiceRules
{
    private const int LongestReason = 1000;
    private static readonly string[] Metrics = [.. MetricName.OfClasses, .. MetricName.OfNumbers];

    /// <summary>The first fault as a sentence, or null.</summary>
    public static string? FindFault(TrainingRequest body) =>
        body.Target is { } target && !EnumNames.TryParse<TargetKind>(target, out _) ? $"'target' is classes or number; found '{target}'."
        : body.Metric is { } metric && !Metrics.Contains(metric) ? $"'metric' is one of {string.Join(", ", Metrics)}; found '{metric}'."
        : body.Budget is { } budget and (< 1 or > CandidatePlan.MostBudget) ? $"'budget' is a number of fits from 1 to {CandidatePlan.MostBudget}; found {budget}."
        : body.TimeLimit is { } limit and (< 1 or > 86_400) ? $"'timeLimit' is a number of seconds from 1 to 86400; found {limit}."
        : FindShareFault("tolerance", body.Tolerance) ?? FindShareFault("recallFloor", body.RecallFloor)
        ?? (body.Reason is { } reason && reason.Trim().Length is 0 or > LongestReason ? $"'reason' has 1 to {LongestReason} characters." : null);

    /// <summary>What is kept of them; null when nothing was said.</summary>
    public static TrainingChoices? Of(TrainingRequest body)
    {
        var choices = new TrainingChoices
        {
            Target = body.Target,
            Metric = body.Metric,
            Budget = body.Budget,
            TimeLimit = body.TimeLimit,
            Tolerance = body.Tolerance,
            RecallFloor = body.RecallFloor,
            Reason = body.Reason?.Trim(),
        };
        return choices == new TrainingChoices() ? null : choices;
    }

    private static string? FindShareFault(string name, double? value) => value is { } number && !(number is >= 0 and <= 1)
        ? FormattableString.Invariant($"'{name}' is a number from 0 to 1; found {number}.")
        : null;
}
