namespace Analytics.Trainer.Worker.Training.Features;

/// <summary>Writes the values of a feature, one for each row, into <paramref name="target"/>.</summary>
public delegate void FeatureFill(Span<float> target);

/// <summary>
/// The features of rows, each computed when it is asked for: a learner that bins a column at a time never holds all of them as
/// floats. Any number of threads may read.
/// </summary>
/// <param name="names">The features' names, such as <c>Sex = MALE</c>.</param>
/// <param name="rowCount">The number of rows.</param>
/// <param name="fills">For each feature how it is computed.</param>
public sealed class FeatureColumns(IReadOnlyList<string> names, int rowCount, IReadOnlyList<FeatureFill> fills)
{
    /// <summary>The features' names.</summary>
    public IReadOnlyList<string> Names { get; } = names;

    /// <summary>The number of features.</summary>
    public int Count => fills.Count;

    /// <summary>The number of rows.</summary>
    public int RowCount { get; } = rowCount;

    /// <summary>Columns that are in memory already, as long as each other.</summary>
    public static FeatureColumns Of(params IReadOnlyList<float[]> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new FeatureColumns(
            [.. columns.Select((_, c) => $"x{c}")],
            columns.Count == 0 ? 0 : columns[0].Length,
            [.. columns.Select(c => (FeatureFill)(target => c.AsSpan().CopyTo(target)))]);
    }

    /// <summary>Writes a feature's values, one for each row, into <paramref name="target"/>.</summary>
    public void Fill(int feature, Span<float> target) => fills[feature](target);

    /// <summary>All of them in memory: 4 × rows × features bytes.</summary>
    public FeatureMatrix ToMatrix() => new(Names, [.. Enumerable.Range(0, Count).Select(ToArray)], RowCount);

    private float[] ToArray(int feature)
    {
        var column = new float[RowCount];
        Fill(feature, column);
        return column;
    }
}
