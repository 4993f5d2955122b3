using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// A tree ensemble laid out for the cache. A node is eight bytes (threshold, feature, left child; the right child follows the
/// left one), so a step is one load of the node and one of the value, without a branch to mispredict; eight walks run side by
/// side, which hides the latency of those loads. Leaves are their own left child. Equal leaves share one vector of votes.
/// Immutable; any number of threads. Sums are taken in the trees' order for a row alone and in a block: the same bits.
/// </summary>
internal sealed unsafe partial class CompiledForest : IDisposable
{
    // Bits of a node: threshold 0-31, feature 32-44, missing left 45, left child 46-63.
    private const int FeatureShift = 32;
    private const uint FeatureMask = 0x1FFF;
    private const ulong MissingLeft = 1UL << 45;
    private const int ChildShift = 46;

    /// <summary>The most features that the layout holds.</summary>
    public const int MaxFeatures = (int)FeatureMask + 1;

    /// <summary>The most nodes of one tree that the layout holds.</summary>
    public const int MaxTreeNodes = 1 << (64 - ChildShift);

    private const int Ways = 8;
    private const int StepsBetweenChecks = 4;
    private const int TreesAtOnce = 4;

    private readonly ulong* _nodes;
    private readonly int* _votes;
    private readonly float* _vectors;
    private readonly int[] _roots;
    private readonly int _width;
    private readonly float[] _baseValues;
    private readonly SmallTrees? _small;

    /// <summary>Lays the ensemble out. Throws <see cref="NotSupportedException"/> with the reason when it does not fit.</summary>
    public CompiledForest(TreeEnsemble ensemble)
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
        var layout = new ForestLayout(ensemble, _width, MaxTreeNodes);
        _roots = layout.Roots;
        _small = SmallTrees.TryBuild(ensemble, layout);
        _nodes = (ulong*)NativeMemory.AlignedAlloc((nuint)layout.Count * sizeof(ulong), 64);
        _votes = (int*)NativeMemory.AlignedAlloc((nuint)layout.Count * sizeof(int), 64);
        _vectors = (float*)NativeMemory.AlignedAlloc((nuint)layout.Vectors.Length * sizeof(float), 64);
        layout.Vectors.CopyTo(new Span<float>(_vectors, layout.Vectors.Length));
        layout.Votes.CopyTo(new Span<int>(_votes, layout.Count));
        for (var i = 0; i < layout.Count; i++)
        {
            var source = layout.Source[i];
            var leaf = ensemble.Feature[source] < 0;
            _nodes[i] = BitConverter.SingleToUInt32Bits(leaf ? float.PositiveInfinity : ensemble.Threshold[source])
                | ((ulong)(uint)(leaf ? 0 : ensemble.Feature[source]) << FeatureShift)
                | (leaf || ensemble.MissingLeft[source] ? MissingLeft : 0)
                | ((ulong)(uint)layout.Left[i] << ChildShift);
        }
    }

    ~CompiledForest() => Free();

    public int Outputs { get; }

    public ForestTransform Transform { get; }

    /// <summary>What the transformed sums are divided by.</summary>
    public float Divisor { get; }

    /// <summary>The floats that a row's sums need in <see cref="Sum"/>: <see cref="Outputs"/>, rounded up to whole vectors.</summary>
    public int Width => _width;

    /// <summary>
    /// Sums the trees for <paramref name="count"/> rows of <paramref name="features"/> floats each into
    /// <paramref name="count"/> × <see cref="Width"/> sums.
    /// </summary>
    public void Sum(float* rows, int features, int count, float* sums)
    {
        for (var r = 0; r < count; r++)
        {
            _baseValues.CopyTo(new Span<float>(sums + (r * _width), _width));
        }

        if (_small is null)
        {
            SumBlocks(rows, features, count, sums);
        }
        else
        {
            SumEach(rows, features, count, sums);
        }

        GC.KeepAlive(this);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    // A few trees after the other for all rows: their nodes stay in the first cache.
    private void SumBlocks(float* rows, int features, int count, float* sums)
    {
        var whole = count / Ways;
        var clean = stackalloc bool[whole];
        for (var g = 0; g < whole; g++)
        {
            clean[g] = !HasMissing(rows + (g * Ways * features), features * Ways);
            if (!clean[g])
            {
                SumEach(rows + (g * Ways * features), features, Ways, sums + (g * Ways * _width));
            }
        }

        for (var tree = 0; tree < _roots.Length && whole > 0; tree += TreesAtOnce)
        {
            var last = Math.Min(tree + TreesAtOnce, _roots.Length);
            for (var g = 0; g < whole; g++)
            {
                if (clean[g])
                {
                    SumBlock(rows + (g * Ways * features), features, tree, last, sums + (g * Ways * _width));
                }
            }
        }

        var row = whole * Ways;
        SumEach(rows + (row * features), features, count - row, sums + (row * _width));
    }

    private void SumEach(float* rows, int features, int count, float* sums)
    {
        for (var r = 0; r < count; r++)
        {
            var row = rows + (r * features);
            if (HasMissing(row, features))
            {
                SumMissing(row, sums + (r * _width));
            }
            else if (_small is not null)
            {
                SumSmall(_small, row, sums + (r * _width));
            }
            else
            {
                SumRow(row, sums + (r * _width));
            }
        }
    }

    [SkipLocalsInit]
    private void SumSmall(SmallTrees trees, float* row, float* sums)
    {
        var vectors = stackalloc int[SmallTrees.MaxTrees];
        trees.Find(row, vectors);
        AddAll(vectors, 1, _roots.Length, sums);
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

    private void Free()
    {
        NativeMemory.AlignedFree(_nodes);
        NativeMemory.AlignedFree(_votes);
        NativeMemory.AlignedFree(_vectors);
    }
}
