namespace Analytics.Trainer.Worker.Training.Features;

/// <summary>
/// Encoded rows, column by column (a tree learner looks at one column at a time). All values are float32, finite except
/// where missing values are left to the learner (NaN); the peak is 4 × rows × features bytes.
/// </summary>
/// <param name="Names">The features' names, such as <c>Sex = MALE</c>.</param>
/// <param name="Columns">A column of <paramref name="RowCount"/> values for each feature.</param>
/// <param name="RowCount">The number of rows.</param>
public sealed record FeatureMatrix(IReadOnlyList<string> Names, IReadOnlyList<float[]> Columns, int RowCount)
{
    /// <summary>Copies one row into <paramref name="target"/>, a place for each feature.</summary>
    public void CopyRow(int row, Span<float> target)
    {
        for (var f = 0; f < Columns.Count; f++)
        {
            target[f] = Columns[f][row];
        }
    }
}
