namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>A model's figures on the hold-out with their bootstrap intervals.</summary>
internal sealed class HeldOutFigures
{
    private readonly double[] _figures;
    private readonly IReadOnlyList<Interval?> _intervals;

    public HeldOutFigures(HeldOutAnswers answers, CancellationToken cancellationToken)
    {
        Answers = answers;
        _figures = answers.Measure();
        _intervals = Bootstrap.Intervals(answers, cancellationToken);
    }

    public HeldOutAnswers Answers { get; }

    /// <summary>The metrics that are defined on these rows.</summary>
    public IReadOnlyDictionary<string, double> Metrics => MetricsOf(Answers);

    /// <summary>Their intervals.</summary>
    public IReadOnlyDictionary<string, Interval> Intervals => Answers.Metrics
        .Select((name, i) => (name, interval: _intervals[i]))
        .Where(p => p.interval is not null)
        .ToDictionary(p => p.name, p => p.interval!, StringComparer.Ordinal);

    /// <summary>The metrics of any answers.</summary>
    public static IReadOnlyDictionary<string, double> MetricsOf(HeldOutAnswers answers)
    {
        var figures = answers.Measure();
        return answers.Metrics
            .Select((name, i) => (name, value: figures[i]))
            .Where(p => double.IsFinite(p.value))
            .ToDictionary(p => p.name, p => p.value, StringComparer.Ordinal);
    }

    /// <summary>Precision, recall and F1 of a class.</summary>
    public (double Value, Interval? Interval)[] ClassFigures(int label) =>
        [.. Enumerable.Range(Answers.Metrics.Count + (3 * label), 3).Select(f => (_figures[f], _intervals[f]))];
}
