using Analytics.Trainer.Worker.Training.Features;

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

    /// <summary>
    /// Bins every column, columns in parallel, each thread with one column of floats at a time; the result does not depend on the
    /// number of threads.
    /// </summary>
    public static BinnedData From(FeatureColumns features, int threads, CancellationToken cancellationToken)
    {
        var bins = new byte[features.Count][];
        var edges = new BinEdges[features.Count];
        WorkSharing.Run(threads, features.Count, _ => new float[features.RowCount], (values, c) =>
        {
            features.Fill(c, values);
            bins[c] = GC.AllocateUninitializedArray<byte>(values.Length);
            edges[c] = FeatureBinner.Bin(values, bins[c]);
        }, cancellationToken);
        return new BinnedData(features.RowCount, bins, edges);
    }
}
