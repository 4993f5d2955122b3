namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// What the trees that were grown without a row say of it, summed. The sums are whole numbers (shares times 2^17; means times
/// a power of two), because those do not depend on the order in which threads add them. One instance a thread, then merged.
/// </summary>
internal sealed class OutOfBag(int rows, int width, double scale)
{
    /// <summary>The scale for class shares: 10,000 trees of share 1 still fit an int.</summary>
    public const double ShareScale = 1 << 17;

    private readonly long[]? _means = width == 0 ? new long[rows] : null;
    private readonly int[]? _shares = width == 0 ? null : new int[rows * width];
    private readonly int[] _trees = new int[rows];

    /// <summary>Adds a leaf's entries to the rows that ended in it.</summary>
    public void Add(ReadOnlySpan<int> outside, ReadOnlySpan<ushort> classes, ReadOnlySpan<float> values)
    {
        foreach (var row in outside)
        {
            _trees[row]++;
        }

        for (var e = 0; e < values.Length; e++)
        {
            if (_shares is { } shares)
            {
                var share = (int)Math.Round(values[e] * scale);
                foreach (var row in outside)
                {
                    shares[(row * width) + classes[e]] += share;
                }
            }
            else
            {
                var mean = (long)Math.Round(values[e] * scale);
                foreach (var row in outside)
                {
                    _means![row] += mean;
                }
            }
        }
    }

    /// <summary>Adds another thread's sums to this one's.</summary>
    public void Merge(OutOfBag other)
    {
        for (var i = 0; i < _trees.Length; i++)
        {
            _trees[i] += other._trees[i];
        }

        for (var i = 0; i < (_shares?.Length ?? 0); i++)
        {
            _shares![i] += other._shares![i];
        }

        for (var i = 0; i < (_means?.Length ?? 0); i++)
        {
            _means![i] += other._means![i];
        }
    }

    /// <summary>The number of trees that say something of the row.</summary>
    public int Trees(int row) => _trees[row];

    /// <summary>The estimated probability of a class; only where <see cref="Trees"/> is above 0.</summary>
    public double Probability(int row, int label) => _shares![(row * width) + label] / (scale * _trees[row]);

    /// <summary>The estimated number; only where <see cref="Trees"/> is above 0.</summary>
    public double Mean(int row) => _means![row] / (scale * _trees[row]);
}
