namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// The bins of one column: bin <c>b</c> holds the values from <c>Low[b]</c> to <c>High[b]</c>, ascending, at most
/// <see cref="MaxBins"/> of them. A missing value has the bin <see cref="Missing"/>, which orders after all others.
/// </summary>
/// <param name="Low">The smallest value of each bin.</param>
/// <param name="High">The largest value of each bin.</param>
/// <param name="HasMissing">True when the column had a missing value.</param>
internal sealed record BinEdges(float[] Low, float[] High, bool HasMissing)
{
    /// <summary>The most value bins; with the missing one they fill a byte.</summary>
    public const int MaxBins = 255;

    /// <summary>The bin of a missing value.</summary>
    public const byte Missing = 255;

    /// <summary>The number of value bins.</summary>
    public int Count => Low.Length;

    /// <summary>
    /// The cut for a split between the occupied bins <paramref name="left"/> and <paramref name="right"/> of a node: the
    /// boundary of neighbouring bins nearest to the middle of the gap, so that binned and raw values take the same branch.
    /// </summary>
    public int CutBin(int left, int right)
    {
        var middle = (High[left] + (double)Low[right]) / 2;
        var cut = left;
        while (cut + 1 < right && High[cut + 1] <= middle)
        {
            cut++;
        }

        return cut;
    }

    /// <summary>The threshold t of a cut: High[cut] &lt;= t &lt; Low[cut + 1], so that "x &lt;= t" is "bin &lt;= cut".</summary>
    public float Threshold(int cut)
    {
        if (cut + 1 >= Count)
        {
            return High[cut];
        }

        var middle = (float)((High[cut] + (double)Low[cut + 1]) / 2);
        return middle < Low[cut + 1] ? middle : High[cut];
    }
}
