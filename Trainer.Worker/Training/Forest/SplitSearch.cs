namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// Finds the best split of a node, column by column, and keeps the statistics of the nodes on the grower's stack. One
/// instance a thread, reused from tree to tree. A sample is a row drawn for the tree, packed into a <see cref="ulong"/>: the
/// row's index in the low half, what the search wants to know of the row above it, the number of draws in the top 16 bits; so
/// a node reads its samples in sequence.
/// </summary>
internal abstract class SplitSearch
{
    /// <summary>The best split of the current node so far.</summary>
    public Split Best { get; protected set; }

    /// <summary>Packs a row that was drawn <paramref name="draws"/> times.</summary>
    public abstract ulong Pack(int row, ushort draws);

    /// <summary>Computes the statistics of <paramref name="samples"/> into the stack's first place.</summary>
    public abstract void SetRoot(ReadOnlySpan<ulong> samples);

    /// <summary>
    /// Makes the node at <paramref name="slot"/> of the stack the current one and forgets <see cref="Best"/>. False when no split
    /// can help: one class only, one value only, or too few rows for two leaves.
    /// </summary>
    public abstract bool BeginNode(int slot);

    /// <summary>Looks at one column; false when all samples have the same bin there.</summary>
    public abstract bool Search(int column, byte[] bins, ReadOnlySpan<ulong> samples);

    /// <summary>
    /// Writes the statistics of a child, whose samples these are, one place above <paramref name="slot"/>, and leaves the other
    /// child's in the parent's place. Returns the decrease of impurity times weight.
    /// </summary>
    public abstract double Divide(int slot, ReadOnlySpan<ulong> child);

    /// <summary>Appends the leaf's entries for the statistics at <paramref name="slot"/>.</summary>
    public abstract void AddLeaf(TreeBuilder tree, int slot);
}

/// <summary>A split between two neighbouring occupied bins of a column.</summary>
/// <param name="Column">The column, or -1 while none was found.</param>
/// <param name="Score">What is maximised; comparable within a node.</param>
/// <param name="LeftBin">The last occupied bin on the left.</param>
/// <param name="RightBin">The next occupied bin; equal to <paramref name="LeftBin"/> when only missing values go right.</param>
/// <param name="Missing">Whether the node had missing values in the column, and then where they go.</param>
internal readonly record struct Split(int Column, double Score, int LeftBin, int RightBin, MissingSide Missing)
{
    public static Split None => new(-1, double.NegativeInfinity, 0, 0, MissingSide.Unknown);
}

/// <summary>Where a split sends missing values.</summary>
internal enum MissingSide
{
    /// <summary>The node had none to learn from.</summary>
    Unknown,

    /// <summary>Left, learned.</summary>
    Left,

    /// <summary>Right, learned.</summary>
    Right,
}
