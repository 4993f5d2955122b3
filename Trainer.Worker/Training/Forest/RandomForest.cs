namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>A grown forest: the mean of its trees. Immutable; any number of threads.</summary>
internal sealed class RandomForest
{
    /// <summary>The trees, in the order of their random streams.</summary>
    public required IReadOnlyList<Tree> Trees { get; init; }

    /// <summary>The number of classes; 0 for a forest that gives a number.</summary>
    public required int Classes { get; init; }

    /// <summary>The number of columns of a row.</summary>
    public required int Columns { get; init; }

    /// <summary>Mean decrease of impurity of each column, summing to 1 (as scikit-learn's <c>feature_importances_</c>).</summary>
    public required double[] Importance { get; init; }

    /// <summary>Mean decrease of out-of-bag accuracy when a column is shuffled; null when it was not asked for.</summary>
    public double[]? PermutationImportance { get; init; }

    /// <summary>What the trees say of the training rows that they were not grown on.</summary>
    public required OutOfBag OutOfBag { get; init; }

    /// <summary>The number of outputs: a probability for each class, or one number.</summary>
    public int Width => Math.Max(1, Classes);

    /// <summary>
    /// Predicts one row (NaN is missing). Sums in double and rounds once, so that the answer does not depend on an order; the
    /// exported graph sums in float and agrees within 1e-5.
    /// </summary>
    public void Predict(ReadOnlySpan<float> row, Span<float> output)
    {
        Span<double> sums = Width <= 64 ? stackalloc double[64] : new double[Width];
        sums = sums[..Width];
        sums.Clear();
        foreach (var tree in Trees)
        {
            var leaf = tree.Find(row);
            var first = tree.Left[leaf];
            for (var e = first; e < first + tree.LeafCount[leaf]; e++)
            {
                sums[tree.LeafClass[e]] += tree.LeafValue[e];
            }
        }

        for (var k = 0; k < sums.Length; k++)
        {
            output[k] = (float)(sums[k] / Trees.Count);
        }
    }
}
