namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>A regression's answers on labelled rows. Definitions are scikit-learn's and NumPy's; see docs/evaluation.md.</summary>
public sealed class NumberAnswers : HeldOutAnswers
{
    private static readonly double[] Shares = [0.5, 0.9, 0.95, 0.99];
    private static readonly string[] Names =
    [
        MetricName.Rmse, MetricName.Mae, MetricName.R2, .. Shares.Select(s => FormattableString.Invariant($"absoluteError{100 * s:0}")),
    ];

    private readonly float[] _targets;
    private readonly double[] _errors;

    // Rows by the size of their error.
    private readonly int[] _order;

    /// <summary>Takes an answer for each target. Throws <see cref="ArgumentException"/> when there is none or their numbers differ.</summary>
    public NumberAnswers(float[] answers, float[] targets)
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(targets);
        if (targets.Length == 0 || answers.Length != targets.Length)
        {
            throw new ArgumentException($"Expected {targets.Length} answers and at least one, found {answers.Length}.", nameof(answers));
        }

        _targets = targets;
        _errors = [.. answers.Zip(targets, (a, t) => Math.Abs((double)a - t))];
        _order = [.. Enumerable.Range(0, targets.Length)];
        Array.Sort((double[])_errors.Clone(), _order);
    }

    /// <inheritdoc/>
    public override int Rows => _targets.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Metrics => Names;

    /// <inheritdoc/>
    public override string DefaultMetric => MetricName.Rmse;

    /// <inheritdoc/>
    public override double[] Measure(int[]? draws = null)
    {
        double squares = 0, absolute = 0, targets = 0;
        var rows = 0L;
        for (var i = 0; i < _errors.Length; i++)
        {
            var weight = draws is null ? 1 : draws[i];
            squares += weight * _errors[i] * _errors[i];
            absolute += weight * _errors[i];
            targets += weight * (double)_targets[i];
            rows += weight;
        }

        return [Math.Sqrt(squares / rows), absolute / rows, Determination(squares, targets / rows, rows, draws), .. Quantiles(rows, draws)];
    }

    // As r2_score: with a constant target 1 for no error at all, else 0; with one row there is none.
    private double Determination(double squares, double mean, long rows, int[]? draws)
    {
        var deviation = 0.0;
        for (var i = 0; i < _targets.Length; i++)
        {
            var off = _targets[i] - mean;
            deviation += (draws is null ? 1 : draws[i]) * off * off;
        }

        return rows < 2 ? double.NaN
            : deviation > 0 ? 1 - (squares / deviation)
            : squares == 0 ? 1 : 0;
    }

    // NumPy's default: linear between the two neighbours of (rows - 1) × share.
    private double[] Quantiles(long rows, int[]? draws)
    {
        var quantiles = new double[Shares.Length];
        var (place, behind) = (0, draws is null ? 1L : draws[_order[0]]);
        double At(long index)
        {
            while (behind <= index)
            {
                place++;
                behind += draws is null ? 1 : draws[_order[place]];
            }

            return _errors[_order[place]];
        }

        for (var q = 0; q < quantiles.Length; q++)
        {
            var at = Shares[q] * (rows - 1);
            var below = (long)Math.Floor(at);
            var low = At(below);
            // The walk goes one way, and the next share may begin at this one's lower neighbour.
            var here = (place, behind);
            var high = at > below ? At(below + 1) : low;
            (place, behind) = here;
            quantiles[q] = low + ((at - below) * (high - low));
        }

        return quantiles;
    }
}
