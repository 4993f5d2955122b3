namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// A grown tree, node by node; node 0 is the root and a node's right child follows its left one. A split sends a row left
/// when its value is at most the threshold; a missing one goes where <see cref="MissingLeft"/> says.
/// </summary>
internal sealed class Tree
{
    /// <summary>The column of a split, or -1 for a leaf.</summary>
    public required int[] Feature { get; init; }

    /// <summary>The threshold on the raw value; 0 for a leaf.</summary>
    public required float[] Threshold { get; init; }

    /// <summary>The last bin that goes left.</summary>
    public required byte[] CutBin { get; init; }

    /// <summary>Whether a missing value goes left.</summary>
    public required bool[] MissingLeft { get; init; }

    /// <summary>For a split its left child, for a leaf its first entry in <see cref="LeafClass"/> and <see cref="LeafValue"/>.</summary>
    public required int[] Left { get; init; }

    /// <summary>For a leaf the number of its entries; 0 for a split.</summary>
    public required ushort[] LeafCount { get; init; }

    /// <summary>The classes that a leaf holds, ascending (0 for a number).</summary>
    public required ushort[] LeafClass { get; init; }

    /// <summary>The class's share of the leaf (0 to 1), or the leaf's mean.</summary>
    public required float[] LeafValue { get; init; }

    public int Count => Feature.Length;

    /// <summary>The leaf that a row of raw values ends in.</summary>
    public int Find(ReadOnlySpan<float> row)
    {
        var node = 0;
        while (Feature[node] is var feature && feature >= 0)
        {
            var value = row[feature];
            var left = float.IsNaN(value) ? MissingLeft[node] : value <= Threshold[node];
            node = Left[node] + (left ? 0 : 1);
        }

        return node;
    }

    /// <summary>The leaf that a training row ends in, with one column's bins taken from another row where asked.</summary>
    public int FindBinned(byte[][] bins, int row, int permuted = -1, int permutedRow = 0)
    {
        var node = 0;
        while (Feature[node] is var feature && feature >= 0)
        {
            var bin = bins[feature][feature == permuted ? permutedRow : row];
            var left = bin == BinEdges.Missing ? MissingLeft[node] : bin <= CutBin[node];
            node = Left[node] + (left ? 0 : 1);
        }

        return node;
    }
}
