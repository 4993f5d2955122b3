using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Trainer.Worker.Training;

/// <summary>The rule that decides whether a new version becomes champion: a pure function of the evaluation.</summary>
public static class PromotionGate
{
    private const string Metric = ClassificationMetrics.AccuracyName;

    /// <summary>
    /// The verdict on <paramref name="candidate"/> under <paramref name="policy"/>. <c>auto</c> promotes the first version, and one
    /// whose hold-out accuracy is not lower than the champion's on the same rows; <c>never</c> and <c>force</c> say what
    /// <c>auto</c> would have done.
    /// </summary>
    public static GateVerdict Decide(TrainedModel candidate, PromotePolicy policy)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        var (passes, reason) = Judge(candidate);
        var (promote, sentence) = policy switch
        {
            PromotePolicy.Auto => (passes, reason),
            PromotePolicy.Never => (false, $"Not promoted because the run said promote: never; the gate by itself: {reason}"),
            PromotePolicy.Force => (true, $"Forced by the run (promote: force); the gate by itself: {reason}"),
            _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "Unknown policy."),
        };
        return new GateVerdict(
            promote,
            sentence,
            Metric,
            Accuracy(candidate.Metrics),
            candidate.Champion is { NotComparable: null } champion ? Accuracy(champion.Metrics) : null,
            candidate.Champion?.Version);
    }

    private static (bool Passes, string Reason) Judge(TrainedModel candidate)
    {
        var own = Accuracy(candidate.Metrics);
        var rows = candidate.Data.HoldoutRows;
        if (candidate.Champion is not { } champion)
        {
            return (true, own is { } first
                ? FormattableString.Invariant($"promoted: there is no champion yet; {Metric} {first:0.####} on {rows} held-out rows.")
                : "promoted: there is no champion yet; nothing was held out to measure it on.");
        }

        if (own is not { } candidateValue)
        {
            return (false, $"not promoted: nothing was held out to compare with champion version {champion.Version}; promote: force overrides.");
        }

        if (champion.NotComparable is { } difference)
        {
            return (false, $"not promoted: champion version {champion.Version} is not comparable: {difference}; promote: force overrides.");
        }

        if (Accuracy(champion.Metrics) is not { } championValue)
        {
            return (false, $"not promoted: champion version {champion.Version} has no {Metric}; promote: force overrides.");
        }

        var passes = candidateValue >= championValue;
        return (passes, FormattableString.Invariant(
            $"{(passes ? "promoted" : "not promoted")}: {Metric} {candidateValue:0.####} is {(passes ? "not lower" : "lower")} than {championValue:0.####} of champion version {champion.Version} on the same {rows} held-out rows."));
    }

    private static double? Accuracy(IReadOnlyDictionary<string, double> metrics) =>
        metrics.TryGetValue(Metric, out var value) ? value : null;
}
