using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// A tree ensemble laid out for the cache. A node is eight bytes (threshold, feature, how far on the left child is; the right one
/// follows it), so a step is one load of the node and one of the value, without a branch to mispredict; eight walks run side by
/// side, which hides the latency of those loads. Thresholds and values are compared as whole numbers in the floats' order, which
/// takes a processor a fraction of the time. Leaves are their own left child. Equal leaves share one vector of votes.
/// Immutable; any number of threads. Sums are taken in the trees' order for a row alone and in a block: the same bits.
/// </summary>
internal sealed unsafe partial class CompiledForest : IDisposable
{
    // Values lie in groups of eight rows, feature by feature, so that a vector holds one feature of the group.
    private const int Lanes = 8;

    /// <summary>The most features that the layout holds.</summary>
    public const int MaxFeatures = (ushort.MaxValue + 1) / Lanes;

    /// <summary>The most nodes of one tree that the layout holds.</summary>
    public const int MaxTreeNodes = 1 << 18;

    /// <summary>The most rows of one call.</summary>
    public const int MaxRows = 256;

    private readonly Node* _nodes;
    private readonly bool* _missingLeft;
    private readonly int* _votes;
    private readonly float* _vectors;
    private readonly int[] _roots;
    private readonly int _width;
    private readonly float[] _baseValues;
    private readonly SmallTrees? _small;

    /// <summary>Lays the ensemble out. Throws <see cref="NotSupportedException"/> with the reason when it does not fit.</summary>
    public CompiledForest(TreeEnsemble ensemble, LoadArena arena)
    {
        if (ensemble.MaxFeature >= MaxFeatures)
        {
            throw new NotSupportedException($"{ensemble.MaxFeature + 1} features, more than {MaxFeatures}");
        }

        Outputs = ensemble.Outputs;
        Transform = ensemble.Transform;
        Divisor = ensemble.Divisor;
        _width = Outputs <= 4 ? 4 : (Outputs + 7) / 8 * 8;
        _baseValues = new float[_width];
        ensemble.BaseValues.CopyTo(_baseValues, 0);
        var layout = new ForestLayout(ensemble, _width, MaxTreeNodes, arena);
        _roots = layout.Roots;
        _small = SmallTrees.TryBuild(ensemble, layout);
        _nodes = (Node*)NativeMemory.AlignedAlloc((nuint)layout.Count * (nuint)sizeof(Node), 64);
        _votes = (int*)NativeMemory.AlignedAlloc((nuint)layout.Count * sizeof(int), 64);
        _vectors = (float*)NativeMemory.AlignedAlloc((nuint)layout.Vectors.Length * sizeof(float), 64);
        _missingLeft = (bool*)NativeMemory.AlignedAlloc((nuint)layout.Count, 64);
        layout.Vectors.CopyTo(new Span<float>(_vectors, layout.Vectors.Length));
        layout.Votes.CopyTo(new Span<int>(_votes, layout.Count));
        var source = layout.Source;
        var left = layout.Left;
        var features = ensemble.Feature.AsSpan();
        var thresholds = ensemble.Threshold.AsSpan();
        var missingLeft = ensemble.MissingLeft.AsSpan();
        for (var t = 0; t < _roots.Length; t++)
        {
            for (var i = _roots[t]; i < (t + 1 < _roots.Length ? _roots[t + 1] : layout.Count); i++)
            {
                LoadThread.Breathe(i);
                var node = source[i];
                var leaf = features[node] < 0;
                var distance = left[i] - (i - _roots[t]);
                // A leaf's threshold, and that of a test with NaN, is one that no value exceeds.
                _nodes[i] = new Node(
                    leaf || float.IsNaN(thresholds[node]) ? int.MaxValue : Comparable(thresholds[node]),
                    (ushort)(leaf ? 0 : features[node] * Lanes),
                    distance <= ushort.MaxValue
                        ? (ushort)distance
                        : throw new NotSupportedException($"a tree with a level of more than {ushort.MaxValue} nodes"));
                _missingLeft[i] = leaf || missingLeft[node];
            }
        }
    }

    ~CompiledForest() => Free();

    public int Outputs { get; }

    public ForestTransform Transform { get; }

    /// <summary>What the transformed sums are divided by.</summary>
    public float Divisor { get; }

    /// <summary>The floats that a row's sums need in <see cref="Sum"/>: <see cref="Outputs"/>, rounded up to whole vectors.</summary>
    public int Width => _width;

    /// <summary>The floats that <see cref="Sum"/> needs beside rows and sums.</summary>
    public static int ScratchFloats(int features, int count) => (count + Lanes - 1) / Lanes * Lanes * features;

    /// <summary>
    /// Sums the trees for <paramref name="count"/> rows, at most <see cref="MaxRows"/>, of <paramref name="features"/> floats each into
    /// <paramref name="count"/> × <see cref="Width"/> sums.
    /// </summary>
    [SkipLocalsInit]
    public void Sum(float* rows, int features, int count, float* scratch, float* sums)
    {
        var whole = stackalloc ushort[MaxRows];
        var found = 0;
        for (var r = 0; r < count; r++)
        {
            var row = rows + (r * features);
            var target = sums + (r * _width);
            _baseValues.CopyTo(new Span<float>(target, _width));
            if (HasMissing(row, features))
            {
                SumMissing(row, target);
            }
            else if (_small is not null)
            {
                SumSmall(_small, row, target);
            }
            else
            {
                CopyComparable(row, features, (int*)scratch + (found / Lanes * Lanes * features) + (found % Lanes));
                whole[found++] = (ushort)r;
            }
        }

        if (found >= Lanes)
        {
            SumBlock((int*)scratch, features, whole, found, sums);
        }
        else
        {
            for (var i = 0; i < found; i++)
            {
                SumRow((int*)scratch + i, sums + (whole[i] * _width));
            }
        }

        GC.KeepAlive(this);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    [SkipLocalsInit]
    private void SumSmall(SmallTrees trees, float* row, float* sums)
    {
        var vectors = stackalloc int[SmallTrees.MaxTrees];
        trees.Find(row, vectors);
        AddAll(vectors, _roots.Length, sums);
    }

    private static bool HasMissing(float* values, int count)
    {
        var i = 0;
        var found = Vector256<float>.Zero;
        for (; i + 8 <= count; i += 8)
        {
            // x != x for NaN alone.
            var v = Vector256.Load(values + i);
            found |= ~Vector256.Equals(v, v);
        }

        var missing = found.ExtractMostSignificantBits() != 0;
        for (; i < count; i++)
        {
            missing |= float.IsNaN(values[i]);
        }

        return missing;
    }

    // The bits of a float, read as a whole number, order as the floats do when those below zero have all but the sign inverted;
    // adding zero makes -0 and 0 the same. Its own inverse.
    private static int Comparable(float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value + 0f);
        return bits ^ ((bits >> 31) & int.MaxValue);
    }

    private static void CopyComparable(float* row, int features, int* target)
    {
        for (var f = 0; f < features; f++)
        {
            target[f * Lanes] = Comparable(row[f]);
        }
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_nodes);
        NativeMemory.AlignedFree(_missingLeft);
        NativeMemory.AlignedFree(_votes);
        NativeMemory.AlignedFree(_vectors);
    }

    /// <param name="Threshold">As <see cref="Comparable"/> makes it; what is greater goes right.</param>
    /// <param name="Feature">The feature times <see cref="Lanes"/>: how far its value is.</param>
    /// <param name="Left">How many nodes on the left child is; 0 for a leaf.</param>
    private readonly record struct Node(int Threshold, ushort Feature, ushort Left);
}
