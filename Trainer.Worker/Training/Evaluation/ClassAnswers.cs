namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>A classifier's probabilities on labelled rows. Definitions are scikit-learn's where it has them; see docs/evaluation.md.</summary>
public sealed class ClassAnswers : HeldOutAnswers
{
    // scikit-learn clips float32 probabilities at the type's epsilon, 2^-23.
    private const double Epsilon = 1.1920928955078125e-07;
    private const int CalibrationBins = 15;
    private static readonly string[] Names =
    [
        MetricName.Accuracy, MetricName.MacroF1, MetricName.LogLoss, MetricName.RocAuc, MetricName.Brier, MetricName.CalibrationError,
    ];

    private readonly int[] _labels;
    private readonly int[] _predicted;
    private readonly float[] _confidence;
    private readonly double[] _loss;
    private readonly double[] _brier;
    private readonly Lazy<RankedScores[]> _ranks;

    /// <summary>
    /// Takes a row of <paramref name="classCount"/> <paramref name="probabilities"/> for each label. Throws
    /// <see cref="ArgumentException"/> when their numbers do not fit or there is no row.
    /// </summary>
    public ClassAnswers(float[] probabilities, int[] labels, int classCount)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Length == 0 || probabilities.Length != labels.Length * classCount)
        {
            throw new ArgumentException($"Expected {labels.Length} × {classCount} probabilities, found {probabilities.Length}.", nameof(probabilities));
        }

        ClassCount = classCount;
        _labels = labels;
        _predicted = new int[labels.Length];
        _confidence = new float[labels.Length];
        _loss = new double[labels.Length];
        _brier = new double[labels.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            Read(i, probabilities.AsSpan(i * classCount, classCount));
        }

        // With two classes the second is the positive one.
        _ranks = new Lazy<RankedScores[]>(() => [.. (classCount == 2 ? [1] : Enumerable.Range(0, classCount)).Select(k =>
            new RankedScores([.. Enumerable.Range(0, labels.Length).Select(i => probabilities[(i * classCount) + k])], labels, k))]);
    }

    /// <summary>The number of classes.</summary>
    public int ClassCount { get; }

    /// <inheritdoc/>
    public override int Rows => _labels.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Metrics => Names;

    /// <inheritdoc/>
    public override string DefaultMetric => MetricName.LogLoss;

    /// <summary>True when the area under the curve has too many rows and classes to be bootstrapped.</summary>
    public bool IsLarge => (long)Rows * ClassCount > 20_000_000;

    /// <summary>The index of the largest probability; on a tie the lowest.</summary>
    public static int MostProbable(ReadOnlySpan<float> probabilities)
    {
        var best = 0;
        for (var k = 1; k < probabilities.Length; k++)
        {
            best = probabilities[k] > probabilities[best] ? k : best;
        }

        return best;
    }

    /// <summary>Behind <see cref="Metrics"/>: precision, recall and F1 of the first class, then of the next.</summary>
    public override double[] Measure(int[]? draws = null)
    {
        var confusion = Confusion(draws);
        var perClass = confusion.PerClass();
        var auc = draws is not null && IsLarge ? double.NaN : RocAuc(draws);
        return
        [
            confusion.Accuracy,
            confusion.MacroF1,
            Mean(_loss, draws),
            auc,
            Mean(_brier, draws),
            CalibrationError(draws),
            .. perClass.SelectMany(c => (double[])[c.Predicted == 0 && draws is not null ? double.NaN : c.Precision, c.Support == 0 && draws is not null ? double.NaN : c.Recall, c.F1]),
        ];
    }

    /// <inheritdoc/>
    public override double Measure(string metric, int[]? draws = null) => metric switch
    {
        // What a search and the gate ask for again and again, without the rest.
        MetricName.LogLoss => Mean(_loss, draws),
        MetricName.Brier => Mean(_brier, draws),
        MetricName.RocAuc => RocAuc(draws),
        MetricName.Accuracy => Confusion(draws).Accuracy,
        MetricName.MacroF1 => Confusion(draws).MacroF1,
        _ => base.Measure(metric, draws),
    };

    /// <summary>For each true class how often each class was predicted.</summary>
    public ConfusionMatrix Confusion(int[]? draws = null)
    {
        var counts = Enumerable.Range(0, ClassCount).Select(_ => new long[ClassCount]).ToArray();
        for (var i = 0; i < _labels.Length; i++)
        {
            counts[_labels[i]][_predicted[i]] += draws is null ? 1 : draws[i];
        }

        return new ConfusionMatrix(counts);
    }

    private void Read(int i, ReadOnlySpan<float> row)
    {
        var label = _labels[i];
        double total = 0, squares = 0;
        for (var k = 0; k < row.Length; k++)
        {
            total += Math.Clamp((double)row[k], Epsilon, 1 - Epsilon);
            var off = row[k] - (k == label ? 1.0 : 0.0);
            squares += off * off;
        }

        _loss[i] = -Math.Log(Math.Clamp((double)row[label], Epsilon, 1 - Epsilon) / total);
        var second = row.Length == 2 ? row[1] - (label == 1 ? 1.0 : 0.0) : 0;
        _brier[i] = row.Length == 2 ? second * second : squares;
        _predicted[i] = MostProbable(row);
        _confidence[i] = row[_predicted[i]];
    }

    // The mean over the classes that have rows and are not all rows; NaN when there is none.
    private double RocAuc(int[]? draws)
    {
        var (sum, count) = (0.0, 0);
        foreach (var ranks in _ranks.Value)
        {
            var area = ranks.Area(draws);
            (sum, count) = double.IsNaN(area) ? (sum, count) : (sum + area, count + 1);
        }

        return count == 0 ? double.NaN : sum / count;
    }

    private double CalibrationError(int[]? draws)
    {
        Span<double> right = stackalloc double[CalibrationBins], sure = stackalloc double[CalibrationBins];
        right.Clear();
        sure.Clear();
        var rows = 0L;
        for (var i = 0; i < _labels.Length; i++)
        {
            var weight = draws is null ? 1 : draws[i];
            var bin = Math.Clamp((int)((double)_confidence[i] * CalibrationBins), 0, CalibrationBins - 1);
            right[bin] += _predicted[i] == _labels[i] ? weight : 0;
            sure[bin] += weight * (double)_confidence[i];
            rows += weight;
        }

        var error = 0.0;
        for (var b = 0; b < CalibrationBins; b++)
        {
            error += Math.Abs(right[b] - sure[b]);
        }

        return error / rows;
    }

    private static double Mean(double[] values, int[]? draws)
    {
        var (sum, rows) = (0.0, 0L);
        for (var i = 0; i < values.Length; i++)
        {
            var weight = draws is null ? 1 : draws[i];
            sum += weight * values[i];
            rows += weight;
        }

        return sum / rows;
    }
}
