namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>A candidate and another model on the same rows, in a metric; "worsening" is by how much the candidate is worse.</summary>
/// <param name="Candidate">The candidate's value.</param>
/// <param name="Other">The other's value.</param>
/// <param name="Worsening">In the metric's unit; negative when the candidate is better.</param>
/// <param name="Low">The lower end of its 90 % interval over paired bootstrap samples.</param>
/// <param name="High">The upper end.</param>
/// <param name="Allowed">The worsening that the tolerance allows.</param>
/// <param name="WithinShare">The share of the samples whose worsening is at most that.</param>
/// <param name="BetterShare">The share of the samples in which the candidate is better.</param>
/// <param name="Samples">The samples drawn.</param>
public sealed record PairedComparison(
    double Candidate,
    double Other,
    double Worsening,
    double Low,
    double High,
    double Allowed,
    double WithinShare,
    double BetterShare,
    int Samples)
{
    /// <summary>
    /// Compares on the same rows. The tolerance is relative to the other's value, but never less than a tenth of itself relative
    /// to <paramref name="scale"/> (the baseline's value): next to zero nothing would be near enough.
    /// </summary>
    public static PairedComparison Of(
        HeldOutAnswers candidate,
        HeldOutAnswers other,
        string metric,
        double tolerance,
        double scale,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(other);
        var (ours, theirs) = (candidate.Measure(metric), other.Measure(metric));
        var allowed = Math.Max(tolerance * Math.Abs(theirs), tolerance / 10 * Math.Abs(scale));
        var samples = Bootstrap.Pairs(candidate, other, metric, int.MaxValue, cancellationToken)
            .Select(p => MetricName.Worsening(metric, p.Candidate, p.Other)).Where(double.IsFinite).ToArray();
        var worsening = MetricName.Worsening(metric, ours, theirs);
        var interval = Interval.Of(samples, 0.9) ?? new Interval(worsening, worsening);
        return new PairedComparison(
            ours,
            theirs,
            worsening,
            interval.Low,
            interval.High,
            allowed,
            Share(samples, w => w <= allowed),
            Share(samples, w => w < 0),
            samples.Length);
    }

    private static double Share(double[] samples, Func<double, bool> holds) =>
        samples.Length == 0 ? 0 : samples.Count(holds) / (double)samples.Length;
}
