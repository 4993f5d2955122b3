using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// What growing a forest takes beside its input. The fixed part is known before anything is allocated: a byte a cell for the
/// bins, and for each thread 30 bytes a row for its samples and 4 bytes a row and class for the out-of-bag sums. The trees depend
/// on the data: they are reckoned from the first one grown.
/// </summary>
internal sealed class ForestMemory(int rows, int columns, int classes, ForestParameters parameters)
{
    /// <summary>Samples and scratch (8 + 8), rows out of bag and scratch (4 + 4), draws (2), trees that spoke (4).</summary>
    private const int BytesPerRowAndThread = 30;

    /// <summary>The arrays of <see cref="Tree"/> for a node, and for a leaf's entry.</summary>
    private const int BytesPerNode = 16;
    private const int BytesPerEntry = 6;

    /// <summary>The process's limit: the container's or the attempt's own, else the machine's memory.</summary>
    public long Limit { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Bytes before the first tree.</summary>
    public long FixedBytes
    {
        get
        {
            var threads = parameters.Threads > 0 ? parameters.Threads : Environment.ProcessorCount;
            return ((long)rows * columns) + (threads * (long)rows * BytesPerRowAndThread) + ((threads + 1L) * rows * classes * 4);
        }
    }

    /// <summary>Bytes of a tree.</summary>
    public static long BytesOf(Tree tree) => ((long)tree.Count * BytesPerNode) + ((long)tree.LeafClass.Length * BytesPerEntry);

    /// <summary>Throws <see cref="InvalidInputException"/> when the fixed part does not fit.</summary>
    public void RequireFixed() => Require(FixedBytes, "fewer columns or rows, or more memory (Trainer:MaxMemory)");

    /// <summary>Throws <see cref="InvalidInputException"/> when all trees of the first one's size would not fit.</summary>
    public void RequireTrees(Tree first) => Require(
        FixedBytes + (BytesOf(first) * parameters.Trees), "fewer 'trees', a larger 'minLeaf', a bound by 'maxDepth', or more memory (Trainer:MaxMemory)");

    private void Require(long bytes, string remedy)
    {
        if (bytes > Limit)
        {
            throw new InvalidInputException(
                $"The random forest on {rows} rows and {columns} columns would need about {bytes >> 20} MB of memory; the attempt may "
                + $"use {Limit >> 20} MB. It takes {remedy}.");
        }
    }
}
