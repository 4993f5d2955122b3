using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// What growing a forest takes beside its input. The fixed part is known before anything is allocated: a byte a cell for the
/// bins, and for each thread 6 bytes a row, 16 for each row that a tree draws and 8 for each other one, and 4 bytes a row and class for
/// the out-of-bag sums. The trees depend on the data: they are reckoned from the first one grown.
/// </summary>
internal sealed class ForestMemory(int rows, int columns, int classes, ForestParameters parameters)
{
    /// <summary>Draws (2), trees that spoke (4).</summary>
    private const int BytesPerRowAndThread = 6;

    /// <summary>Samples and scratch.</summary>
    private const int BytesPerDrawnRow = 8 + 8;

    /// <summary>Rows out of bag and scratch.</summary>
    private const int BytesPerOtherRow = 4 + 4;

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
            // With replacement some rows come twice: of n rows drawn n times, 1/e never.
            var drawn = parameters.Replace ? 1 - Math.Exp(-parameters.SampleFraction) : parameters.SampleFraction;
            var perRow = BytesPerRowAndThread + (drawn * BytesPerDrawnRow) + ((1 - drawn) * BytesPerOtherRow) + (classes * 4.0);
            return ((long)rows * columns) + (long)(threads * perRow * rows);
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
