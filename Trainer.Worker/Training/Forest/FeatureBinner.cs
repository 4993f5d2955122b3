namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// Turns a column of floats into bytes. Up to <see cref="BinEdges.MaxBins"/> distinct values keep a bin each, so the forest
/// sees every possible split; more are cut at quantiles (of a strided sample of <see cref="SampleRows"/> rows on long columns).
/// </summary>
internal static class FeatureBinner
{
    /// <summary>Rows that the quantiles are taken from; more rows move a quantile of 1/255 by less than a tenth of a bin.</summary>
    public const int SampleRows = 200_000;

    // A power of two well above the distinct values it may hold, so that probes are short.
    private const int TableSize = 1024;

    /// <summary>Bins <paramref name="values"/> (NaN is missing) into <paramref name="bins"/> of the same length.</summary>
    public static BinEdges Bin(ReadOnlySpan<float> values, Span<byte> bins)
    {
        var distinct = new DistinctTable();
        return distinct.TryAdd(values)
            ? BinDistinct(distinct, values, bins)
            : BinQuantiles(values, bins);
    }

    private static BinEdges BinDistinct(DistinctTable distinct, ReadOnlySpan<float> values, Span<byte> bins)
    {
        var sorted = distinct.SortAndNumber();
        var missing = false;
        for (var i = 0; i < values.Length; i++)
        {
            bins[i] = float.IsNaN(values[i]) ? BinEdges.Missing : distinct.NumberOf(values[i]);
            missing |= bins[i] == BinEdges.Missing;
        }

        return new BinEdges(sorted, sorted, missing);
    }

    private static BinEdges BinQuantiles(ReadOnlySpan<float> values, Span<byte> bins)
    {
        var upper = QuantileBounds(values);
        var low = new float[upper.Length];
        var high = new float[upper.Length];
        Array.Fill(low, float.PositiveInfinity);
        Array.Fill(high, float.NegativeInfinity);
        var missing = false;
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            if (float.IsNaN(value))
            {
                bins[i] = BinEdges.Missing;
                missing = true;
                continue;
            }

            var bin = FindBin(upper, value);
            bins[i] = (byte)bin;
            low[bin] = MathF.Min(low[bin], value);
            high[bin] = MathF.Max(high[bin], value);
        }

        return new BinEdges(low, high, missing);
    }

    // The largest value of each bin; the last is +infinity, so that every value has a bin. Each bin has at least one value of
    // the column: its upper bound is one.
    private static float[] QuantileBounds(ReadOnlySpan<float> values)
    {
        var stride = Math.Max(1, values.Length / SampleRows);
        var sample = new float[(values.Length + stride - 1) / stride];
        var count = 0;
        for (var i = 0; i < values.Length; i += stride)
        {
            if (!float.IsNaN(values[i]))
            {
                sample[count++] = values[i];
            }
        }

        var sorted = sample.AsSpan(0, count);
        sorted.Sort();
        var bounds = new List<float>(BinEdges.MaxBins);
        for (var b = 1; b < BinEdges.MaxBins; b++)
        {
            var bound = sorted[(int)((long)b * count / BinEdges.MaxBins)];
            // The sample's largest value is left to the last bin, which must not be empty.
            if ((bounds.Count == 0 || bound > bounds[^1]) && bound < sorted[^1])
            {
                bounds.Add(bound);
            }
        }

        bounds.Add(float.PositiveInfinity);
        return [.. bounds];
    }

    // The first bin whose upper bound is not below the value: a binary search without branches to mispredict.
    private static int FindBin(float[] upper, float value)
    {
        var start = 0;
        for (var length = upper.Length; length > 1;)
        {
            var half = length >> 1;
            start += upper[start + half - 1] < value ? half : 0;
            length -= half;
        }

        return start;
    }

    /// <summary>The distinct values of a column, as long as they are few: hashing them costs less than sorting the column.</summary>
    private sealed class DistinctTable
    {
        private readonly float[] _keys = new float[TableSize];
        private readonly byte[] _numbers = new byte[TableSize];
        private readonly bool[] _used = new bool[TableSize];
        private int _count;

        public bool TryAdd(ReadOnlySpan<float> values)
        {
            foreach (var value in values)
            {
                if (float.IsNaN(value))
                {
                    continue;
                }

                var slot = Slot(value);
                if (!_used[slot])
                {
                    if (_count == BinEdges.MaxBins)
                    {
                        return false;
                    }

                    _used[slot] = true;
                    _keys[slot] = value;
                    _count++;
                }
            }

            return true;
        }

        public float[] SortAndNumber()
        {
            var sorted = new float[_count];
            var n = 0;
            for (var slot = 0; slot < TableSize; slot++)
            {
                if (_used[slot])
                {
                    sorted[n++] = _keys[slot];
                }
            }

            Array.Sort(sorted);
            for (var number = 0; number < sorted.Length; number++)
            {
                _numbers[Slot(sorted[number])] = (byte)number;
            }

            return sorted;
        }

        public byte NumberOf(float value) => _numbers[Slot(value)];

        // Open addressing; -0 and 0 are one value. The multiplier is 2^32 over the golden ratio (Knuth, TAOCP vol. 3, 6.4).
        private int Slot(float value)
        {
            var hash = BitConverter.SingleToUInt32Bits(value == 0 ? 0 : value) * 0x9E3779B9u;
            var slot = (int)(hash >> 22);
            while (_used[slot] && _keys[slot] != value)
            {
                slot = (slot + 1) & (TableSize - 1);
            }

            return slot;
        }
    }
}
