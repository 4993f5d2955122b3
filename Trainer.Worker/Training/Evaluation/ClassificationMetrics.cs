namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>The figures of a classifier on labelled rows; definitions are scikit-learn's.</summary>
/// <param name="Confusion">For each true class (row) how often each class (column) was predicted.</param>
/// <param name="LogLoss">
/// <c>log_loss</c> in nats: probabilities clipped to [ε, 1 − ε] with float32's ε = 2^-23, as it does for float32 input, then
/// normalised per row.
/// </param>
public sealed record ClassificationMetrics(IReadOnlyList<IReadOnlyList<long>> Confusion, double LogLoss)
{
    /// <summary>The name of the accuracy in a manifest's metrics.</summary>
    public const string AccuracyName = "accuracy";

    private const double Epsilon = 1.1920928955078125e-07;

    /// <summary>The share of rows whose most probable class is the true one.</summary>
    public double Accuracy => (double)Confusion.Select((row, k) => row[k]).Sum() / Confusion.Sum(row => row.Sum());

    /// <summary>The mean F1 over the classes that occur, true or predicted (<c>f1_score(average="macro", zero_division=0)</c>).</summary>
    public double MacroF1 => PerClass().Where(c => c.Support > 0 || c.Predicted > 0).Average(c => c.F1);

    /// <summary>Computes the figures. <paramref name="probabilities"/> holds a row of <paramref name="classCount"/> per label.</summary>
    public static ClassificationMetrics Compute(ReadOnlySpan<float> probabilities, IReadOnlyList<int> labels, int classCount)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count == 0 || probabilities.Length != labels.Count * classCount)
        {
            throw new ArgumentException($"Expected {labels.Count} × {classCount} probabilities, found {probabilities.Length}.", nameof(probabilities));
        }

        var confusion = Enumerable.Range(0, classCount).Select(_ => new long[classCount]).ToArray();
        var loss = 0.0;
        for (var i = 0; i < labels.Count; i++)
        {
            var row = probabilities.Slice(i * classCount, classCount);
            confusion[labels[i]][MostProbable(row)]++;
            var total = 0.0;
            foreach (var p in row)
            {
                total += Math.Clamp(p, Epsilon, 1 - Epsilon);
            }

            loss -= Math.Log(Math.Clamp(row[labels[i]], Epsilon, 1 - Epsilon) / total);
        }

        return new ClassificationMetrics(confusion, loss / labels.Count);
    }

    /// <summary>The index of the largest probability; on a tie the lowest.</summary>
    public static int MostProbable(ReadOnlySpan<float> probabilities)
    {
        var best = 0;
        for (var k = 1; k < probabilities.Length; k++)
        {
            if (probabilities[k] > probabilities[best])
            {
                best = k;
            }
        }

        return best;
    }

    /// <summary>Precision, recall and F1 of each class; 0 where there is nothing to divide by.</summary>
    public IReadOnlyList<ClassFigures> PerClass() => [.. Confusion.Select((row, k) =>
    {
        var right = row[k];
        var support = row.Sum();
        var predicted = Confusion.Sum(r => r[k]);
        return new ClassFigures(
            Ratio(right, predicted), Ratio(right, support), Ratio(2 * right, predicted + support), support, predicted);
    })];

    /// <summary>As a manifest records them.</summary>
    public IReadOnlyDictionary<string, double> ToManifest() => new Dictionary<string, double>
    {
        [AccuracyName] = Accuracy,
        ["macroF1"] = MacroF1,
        ["logLoss"] = LogLoss,
    };

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}

/// <summary>The figures of one class.</summary>
/// <param name="Precision">Of the rows predicted as the class, the share that is.</param>
/// <param name="Recall">Of the rows of the class, the share predicted as it.</param>
/// <param name="F1">Their harmonic mean.</param>
/// <param name="Support">Rows of the class.</param>
/// <param name="Predicted">Rows predicted as the class.</param>
public sealed record ClassFigures(double Precision, double Recall, double F1, long Support, long Predicted);
