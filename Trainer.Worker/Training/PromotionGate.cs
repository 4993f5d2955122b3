using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Trainer.Worker.Training;

/// <summary>
/// The rule that decides whether a new version becomes champion: a pure function of the evaluation. docs/evaluation.md has it in
/// words and formulas.
/// </summary>
public static class PromotionGate
{
    /// <summary>A class may keep this share of the champion's recall at least.</summary>
    public const double RecallKept = 0.8;

    /// <summary>The share of bootstrap samples that must agree.</summary>
    public const double Confidence = 0.9;

    private const string Overrides = "promote: force overrides";

    /// <summary>
    /// The verdict on <paramref name="candidate"/> under <paramref name="policy"/>; <c>never</c> and <c>force</c> say what
    /// <c>auto</c> would have done. <paramref name="by"/> and <paramref name="reason"/> are kept with a force.
    /// </summary>
    public static GateVerdict Decide(TrainedModel candidate, PromotePolicy policy, string? by = null, string? reason = null)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        var (passes, judgement) = Judge(candidate, policy == PromotePolicy.Better);
        var (promote, sentence) = policy switch
        {
            PromotePolicy.Auto or PromotePolicy.Better => (passes, judgement),
            PromotePolicy.Never => (false, $"Not promoted because the run said promote: never; the gate by itself: {judgement}"),
            PromotePolicy.Force => (true, $"Forced by {by ?? "the run"} ({reason ?? "no reason given"}); the gate by itself: {judgement}"),
            _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "Unknown policy."),
        };
        var evidence = candidate.Evidence;
        return new GateVerdict(
            promote,
            sentence,
            evidence?.Metric,
            evidence?.Candidate,
            evidence?.Against?.Other,
            candidate.Champion?.Version)
        {
            Policy = policy.ToString().ToLowerInvariant(),
            By = policy == PromotePolicy.Force ? by : null,
            Why = policy == PromotePolicy.Force ? reason : null,
            Baseline = evidence?.Baseline,
            Rows = evidence?.Rows,
            Tolerance = evidence?.Tolerance,
            Comparison = evidence?.Against is { } against
                ? new GateComparison(
                    against.Worsening, against.Low, against.High, against.Allowed, against.WithinShare, against.BetterShare, against.Samples)
                : null,
        };
    }

    private static (bool Passes, string Reason) Judge(TrainedModel candidate, bool mustBeBetter)
    {
        var champion = candidate.Champion;
        if (candidate.Evidence is not { } evidence)
        {
            return champion is null
                ? (true, "promoted: there is no champion yet; nothing was held out to measure it on.")
                : No($"nothing was held out to compare with champion version {champion.Version}; {Overrides}.");
        }

        if (!(MetricName.Worsening(evidence.Metric, evidence.Candidate, evidence.Baseline) < 0))
        {
            return No(
                $"{evidence.Metric} {Text(evidence.Candidate)} is not better than the baseline's {Text(evidence.Baseline)} (the majority class, or the mean) "
                + $"on {evidence.Rows} held-out rows; {Overrides}.");
        }

        if (FindLowRecall(evidence) is { } low)
        {
            return No($"{low}; {Overrides}.");
        }

        if (champion is null)
        {
            return (true, $"promoted: there is no champion yet; {evidence.Metric} {Text(evidence.Candidate)} on {evidence.Rows} held-out rows, the baseline's {Text(evidence.Baseline)}.");
        }

        if (champion.NotComparable is { } difference)
        {
            return No($"champion version {champion.Version} is not comparable: {difference}; {Overrides}.");
        }

        if (candidate.SignatureChange is { } change)
        {
            return No($"the signature changed: {change}; callers of champion version {champion.Version} would break; {Overrides}.");
        }

        return evidence.Against is { } against
            ? Compare(evidence, against, champion.Version, mustBeBetter)
            : No($"champion version {champion.Version} has no {evidence.Metric}; {Overrides}.");
    }

    private static (bool Passes, string Reason) Compare(GateEvidence evidence, PairedComparison against, int version, bool mustBeBetter)
    {
        var passes = mustBeBetter
            ? against.Worsening < 0 && against.BetterShare >= Confidence
            : against.Worsening <= against.Allowed && against.WithinShare >= Confidence;
        var share = mustBeBetter ? against.BetterShare : against.WithinShare;
        var what = mustBeBetter ? "better" : FormattableString.Invariant($"not worse by more than {against.Allowed:0.####} (tolerance {evidence.Tolerance:0.##%})");
        var numbers = FormattableString.Invariant(
            $"{evidence.Metric} {Text(against.Candidate)} against {Text(against.Other)} of champion version {version} on the same {evidence.Rows} held-out rows, {what} in {share:0.#%} of {against.Samples} paired bootstrap samples (needs {Confidence:0%})");
        return passes ? (true, $"promoted: {numbers}.") : No($"{numbers}; {Overrides}.");
    }

    private static string? FindLowRecall(GateEvidence evidence)
    {
        foreach (var recall in evidence.Recalls)
        {
            if (evidence.RecallFloor is { } floor && recall.Candidate < floor)
            {
                return FormattableString.Invariant(
                    $"the recall of class '{recall.Class}' is {recall.Candidate:0.####} on {recall.Rows} held-out rows, under the floor of {floor:0.####} (recallFloor)");
            }

            if (recall.Champion is { } champion && recall.Candidate < RecallKept * champion)
            {
                return FormattableString.Invariant(
                    $"the recall of class '{recall.Class}' fell from the champion's {champion:0.####} to {recall.Candidate:0.####} on {recall.Rows} held-out rows; a class keeps at least {RecallKept:0%} of it");
            }
        }

        return null;
    }

    private static (bool Passes, string Reason) No(string why) => (false, $"not promoted: {why}");

    private static string Text(double value) => value.ToString(
        Math.Abs(value) >= 1000 ? "0.#" : "0.####", System.Globalization.CultureInfo.InvariantCulture);
}
