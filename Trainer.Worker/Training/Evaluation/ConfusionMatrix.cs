namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>How often each class was predicted for each true class.</summary>
/// <param name="Counts">A row for each true class, a column for each predicted one.</param>
public sealed record ConfusionMatrix(IReadOnlyList<IReadOnlyList<long>> Counts)
{
    /// <summary>The share of rows predicted right.</summary>
    public double Accuracy => (double)Counts.Select((row, k) => row[k]).Sum() / Counts.Sum(row => row.Sum());

    /// <summary>The mean F1 over the classes that occur, true or predicted (<c>f1_score(average="macro", zero_division=0)</c>).</summary>
    public double MacroF1 => PerClass().Where(c => c.Support > 0 || c.Predicted > 0).Average(c => c.F1);

    /// <summary>Precision, recall and F1 of each class; 0 where there is nothing to divide by.</summary>
    public IReadOnlyList<ClassFigures> PerClass()
    {
        var predicted = new long[Counts.Count];
        foreach (var row in Counts)
        {
            for (var k = 0; k < predicted.Length; k++)
            {
                predicted[k] += row[k];
            }
        }

        return [.. Counts.Select((row, k) =>
        {
            var (right, support) = (row[k], row.Sum());
            return new ClassFigures(
                Ratio(right, predicted[k]), Ratio(right, support), Ratio(2 * right, predicted[k] + support), support, predicted[k]);
        })];
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}

/// <summary>The figures of one class.</summary>
/// <param name="Precision">Of the rows predicted as the class, the share that is.</param>
/// <param name="Recall">Of the rows of the class, the share predicted as it.</param>
/// <param name="F1">Their harmonic mean.</param>
/// <param name="Support">Rows of the class.</param>
/// <param name="Predicted">Rows predicted as the class.</param>
public sealed record ClassFigures(double Precision, double Recall, double F1, long Support, long Predicted);
