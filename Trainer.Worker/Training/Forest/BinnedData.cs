namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// The training rows as bytes, column after column: a byte a cell. Immutable once made; read by all threads.
/// </summary>
internal sealed class BinnedData
{
    private BinnedData(int rows, byte[][] bins, BinEdges[] edges)
    {
        Rows = rows;
        Bins = bins;
        Edges = edges;
    }

    public int Rows { get; }

    public int Columns => Bins.Length;

    /// <summary>The bins of each column, row by row. A column is contiguous: a node reads one column at a time.</summary>
    public byte[][] Bins { get; }

    public BinEdges[] Edges { get; }

    /// <summary>Bins every column, columns in parallel; the result does not depend on the number of threads.</summary>
    public static BinnedData From(IReadOnlyList<ReadOnlyMemory<float>> columns, int threads, CancellationToken cancellationToken)
    {
        var bins = new byte[columns.Count][];
        var edges = new BinEdges[columns.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        Parallel.For(0, columns.Count, options, c =>
        {
            bins[c] = GC.AllocateUninitializedArray<byte>(columns[c].Length);
            edges[c] = FeatureBinner.Bin(columns[c].Span, bins[c]);
        });
        return new BinnedData(columns.Count == 0 ? 0 : columns[0].Length, bins, edges);
    }
}
