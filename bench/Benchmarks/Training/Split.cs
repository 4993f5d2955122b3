namespace Analytics.Benchmarks.Training;

/// <summary>Rows to fit and rows to test; each class keeps its share in both.</summary>
/// <param name="TrainRows">The rows to fit.</param>
/// <param name="TestRows">The rows to test.</param>
/// <param name="Seed">The seed of the split and of the forests on it.</param>
internal sealed record Split(int[] TrainRows, int[] TestRows, int Seed)
{
    /// <summary>A fifth of the rows is for the test.</summary>
    public static Split Fifth(int[] labels, int seed) => Folds(labels, 5, seed)[0];

    /// <summary>As many splits as folds; each row is tested once.</summary>
    public static Split[] Folds(int[] labels, int folds, int seed)
    {
        var rows = Enumerable.Range(0, labels.Length).ToArray();
        new Random(seed).Shuffle(rows);
        // Dealt class by class; the sort is stable, so that rows of a class stay shuffled.
        var fold = rows.OrderBy(r => labels[r]).Select((row, place) => (row, fold: place % folds)).OrderBy(p => p.row).ToArray();
        return [.. Enumerable.Range(0, folds).Select(f => new Split(
            [.. fold.Where(p => p.fold != f).Select(p => p.row)],
            [.. fold.Where(p => p.fold == f).Select(p => p.row)],
            seed))];
    }
}
