using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// Splits for classes by the Gini index. Maximises sum(L_k^2)/L + sum(R_k^2)/R over the classes k, which is the same as
/// minimising the weighted impurity of the children (Breiman et al., "Classification and Regression Trees", 1984, 4.3).
/// </summary>
/// <remarks>
/// A histogram holds, bin by bin, a count for each class, padded to vectors of eight: a bin moves from right to left with
/// a few vector instructions whatever the number of classes. Only the bins that a node occupies are scanned and cleared, so a
/// small node pays for its own rows and not for 255 bins. Counts are whole numbers, exact in a float up to 2^24 draws. Vectors
/// are eight wide on every machine (emulated without AVX2), so that sums round alike and the model's bytes are the same.
/// </remarks>
internal sealed unsafe class GiniSplitSearch : SplitSearch
{
    private const int Lanes = 8;
    private readonly ushort[] _labels;
    private readonly int _classes;
    private readonly int _width;
    private readonly int _minLeaf;
    private readonly bool _plain;
    private readonly float[] _classWeights;
    private readonly float[] _histogram;
    private readonly byte[] _occupied = new byte[256];
    private readonly float[] _left;
    private readonly float[] _stack;
    private int _slot;
    private float _count;
    private float _weight;

    public GiniSplitSearch(ushort[] labels, int classes, IReadOnlyList<float>? classWeights, int minLeaf, int stackSize)
    {
        _labels = labels;
        _classes = classes;
        _minLeaf = minLeaf;
        _width = (classes + Lanes - 1) / Lanes * Lanes;
        _classWeights = new float[_width];
        for (var k = 0; k < classes; k++)
        {
            _classWeights[k] = classWeights?[k] ?? 1;
        }

        _plain = minLeaf <= 1 && classWeights is null;
        _histogram = new float[256 * _width];
        _left = new float[_width];
        _stack = new float[(stackSize + 1) * _width];
    }

    public override ulong Pack(int row, ushort draws) => (uint)row | ((ulong)_labels[row] << 32) | ((ulong)draws << 48);

    public override void SetRoot(ReadOnlySpan<ulong> samples)
    {
        Counts(0).Clear();
        AddTo(Counts(0), samples);
    }

    public override bool BeginNode(int slot)
    {
        _slot = slot;
        _count = 0;
        _weight = 0;
        var max = 0f;
        var counts = Counts(slot);
        for (var k = 0; k < counts.Length; k++)
        {
            _count += counts[k];
            _weight += counts[k] * _classWeights[k];
            max = MathF.Max(max, counts[k]);
        }

        Best = Split.None;
        return max < _count && _count >= 2 * _minLeaf;
    }

    public override bool Search(int column, byte[] bins, ReadOnlySpan<ulong> samples)
    {
        fixed (float* histogram = _histogram)
        fixed (byte* occupied = _occupied, bin = bins)
        fixed (ulong* sample = samples)
        {
            Accumulate(histogram, _width, occupied, bin, sample, samples.Length);
            var words = stackalloc ulong[4];
            ReadOccupied(occupied, words);
            var constant = BitOperations.PopCount(words[0]) + BitOperations.PopCount(words[1])
                + BitOperations.PopCount(words[2]) + BitOperations.PopCount(words[3]) == 1;
            if (!constant)
            {
                var missing = words[3] & (1UL << 63);
                words[3] ^= missing;
                if (missing != 0)
                {
                    // The direction of missing values is learned: both are tried.
                    Scan(column, histogram, words, MissingSide.Left);
                    Scan(column, histogram, words, MissingSide.Right);
                    words[3] |= missing;
                }
                else
                {
                    Scan(column, histogram, words, MissingSide.Unknown);
                }
            }

            Clear(histogram, words);
            return !constant;
        }
    }

    public override double Divide(int slot, ReadOnlySpan<ulong> child)
    {
        var rest = Counts(slot);
        var counts = Counts(slot + 1);
        counts.Clear();
        AddTo(counts, child);
        var before = Impurity(rest);
        for (var k = 0; k < rest.Length; k++)
        {
            rest[k] -= counts[k];
        }

        return before - Impurity(rest) - Impurity(counts);
    }

    public override void AddLeaf(TreeBuilder tree, int slot)
    {
        var counts = Counts(slot)[.._classes];
        var sum = 0f;
        for (var k = 0; k < counts.Length; k++)
        {
            sum += counts[k] * _classWeights[k];
        }

        for (var k = 0; k < counts.Length; k++)
        {
            if (counts[k] > 0)
            {
                tree.AddLeafEntry((ushort)k, counts[k] * _classWeights[k] / sum);
            }
        }
    }

    private static void Accumulate(float* histogram, int width, byte* occupied, byte* bins, ulong* samples, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var sample = samples[i];
            nint bin = bins[(uint)sample];
            histogram[(bin * width) + (ushort)(sample >> 32)] += (int)(sample >> 48);
            occupied[bin] = 0xFF;
        }
    }

    // The occupied bins as bits; the bytes are cleared for the next column.
    private static void ReadOccupied(byte* occupied, ulong* words)
    {
        for (var w = 0; w < 4; w++)
        {
            var low = Vector256.Load(occupied + (w * 64));
            var high = Vector256.Load(occupied + (w * 64) + 32);
            words[w] = low.ExtractMostSignificantBits() | ((ulong)high.ExtractMostSignificantBits() << 32);
            Vector256<byte>.Zero.Store(occupied + (w * 64));
            Vector256<byte>.Zero.Store(occupied + (w * 64) + 32);
        }
    }

    private void Clear(float* histogram, ulong* words)
    {
        for (var w = 0; w < 4; w++)
        {
            for (var bits = words[w]; bits != 0; bits &= bits - 1)
            {
                var bin = histogram + (((w << 6) + BitOperations.TrailingZeroCount(bits)) * _width);
                for (var k = 0; k < _width; k += Lanes)
                {
                    Vector256<float>.Zero.Store(bin + k);
                }
            }
        }
    }

    // Moves the occupied bins from right to left, one after the other. Missing values are on the left from the start, or stay on
    // the right, where "all values left, only missing right" is a split too.
    private void Scan(int column, float* histogram, ulong* words, MissingSide missing)
    {
        fixed (float* left = _left, total = &_stack[_slot * _width], weights = _classWeights)
        {
            if (missing == MissingSide.Left)
            {
                new ReadOnlySpan<float>(histogram + (BinEdges.Missing * _width), _width).CopyTo(_left);
            }
            else
            {
                _left.AsSpan().Clear();
            }

            var best = Best;
            var pending = -1;
            var pendingScore = double.NegativeInfinity;
            for (var w = 0; w < 4; w++)
            {
                for (var bits = words[w]; bits != 0; bits &= bits - 1)
                {
                    var bin = (w << 6) + BitOperations.TrailingZeroCount(bits);
                    if (pendingScore > best.Score)
                    {
                        best = new Split(column, pendingScore, pending, bin, missing);
                    }

                    pendingScore = _plain
                        ? Move(histogram + (bin * _width), left, total)
                        : MoveWeighted(histogram + (bin * _width), left, total, weights);
                    pending = bin;
                }
            }

            if (missing == MissingSide.Right && pendingScore > best.Score)
            {
                best = new Split(column, pendingScore, pending, pending, missing);
            }

            Best = best;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private double Move(float* bin, float* left, float* total)
    {
        var squaresLeft = Vector256<float>.Zero;
        var squaresRight = Vector256<float>.Zero;
        var counts = Vector256<float>.Zero;
        for (var k = 0; k < _width; k += Lanes)
        {
            var l = Vector256.Load(left + k) + Vector256.Load(bin + k);
            var r = Vector256.Load(total + k) - l;
            l.Store(left + k);
            squaresLeft += l * l;
            squaresRight += r * r;
            counts += l;
        }

        var countLeft = Vector256.Sum(counts);
        return (Vector256.Sum(squaresLeft) / countLeft) + (Vector256.Sum(squaresRight) / (_count - countLeft));
    }

    private double MoveWeighted(float* bin, float* left, float* total, float* weights)
    {
        var squaresLeft = Vector256<float>.Zero;
        var squaresRight = Vector256<float>.Zero;
        var counts = Vector256<float>.Zero;
        var sums = Vector256<float>.Zero;
        for (var k = 0; k < _width; k += Lanes)
        {
            var l = Vector256.Load(left + k) + Vector256.Load(bin + k);
            var weight = Vector256.Load(weights + k);
            l.Store(left + k);
            counts += l;
            var r = (Vector256.Load(total + k) - l) * weight;
            l *= weight;
            squaresLeft += l * l;
            squaresRight += r * r;
            sums += l;
        }

        var countLeft = Vector256.Sum(counts);
        var weightLeft = Vector256.Sum(sums);
        return countLeft < _minLeaf || _count - countLeft < _minLeaf
            ? double.NegativeInfinity
            : (Vector256.Sum(squaresLeft) / weightLeft) + (Vector256.Sum(squaresRight) / (_weight - weightLeft));
    }

    // Weight times Gini impurity: sum - sum of squares / sum.
    private double Impurity(ReadOnlySpan<float> counts)
    {
        double sum = 0;
        double squares = 0;
        for (var k = 0; k < counts.Length; k++)
        {
            var weight = (double)counts[k] * _classWeights[k];
            sum += weight;
            squares += weight * weight;
        }

        return sum > 0 ? sum - (squares / sum) : 0;
    }

    private Span<float> Counts(int slot) => _stack.AsSpan(slot * _width, _width);

    private static void AddTo(Span<float> counts, ReadOnlySpan<ulong> samples)
    {
        foreach (var sample in samples)
        {
            counts[(ushort)(sample >> 32)] += (int)(sample >> 48);
        }
    }
}
