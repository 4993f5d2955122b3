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
internal sealed unsafe class CompiledForest : IDisposable
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

    // Eight trees side by side for one row.
    private void SumRow(float* row, float* sums)
    {
        var leaves = stackalloc int[Ways];
        var tree = 0;
        for (; tree + Ways <= _roots.Length; tree += Ways)
        {
            var n0 = _nodes + _roots[tree];
            var n1 = _nodes + _roots[tree + 1];
            var n2 = _nodes + _roots[tree + 2];
            var n3 = _nodes + _roots[tree + 3];
            var n4 = _nodes + _roots[tree + 4];
            var n5 = _nodes + _roots[tree + 5];
            var n6 = _nodes + _roots[tree + 6];
            var n7 = _nodes + _roots[tree + 7];
            nuint i0 = 0, i1 = 0, i2 = 0, i3 = 0, i4 = 0, i5 = 0, i6 = 0, i7 = 0;
            nuint moved;
            do
            {
                for (var s = 1; s < StepsBetweenChecks; s++)
                {
                    i0 = Step(n0, i0, row);
                    i1 = Step(n1, i1, row);
                    i2 = Step(n2, i2, row);
                    i3 = Step(n3, i3, row);
                    i4 = Step(n4, i4, row);
                    i5 = Step(n5, i5, row);
                    i6 = Step(n6, i6, row);
                    i7 = Step(n7, i7, row);
                }

                moved = Advance(n0, ref i0, row) | Advance(n1, ref i1, row) | Advance(n2, ref i2, row) | Advance(n3, ref i3, row)
                    | Advance(n4, ref i4, row) | Advance(n5, ref i5, row) | Advance(n6, ref i6, row) | Advance(n7, ref i7, row);
            }
            while (moved != 0);

            leaves[0] = _votes[_roots[tree] + (int)i0];
            leaves[1] = _votes[_roots[tree + 1] + (int)i1];
            leaves[2] = _votes[_roots[tree + 2] + (int)i2];
            leaves[3] = _votes[_roots[tree + 3] + (int)i3];
            leaves[4] = _votes[_roots[tree + 4] + (int)i4];
            leaves[5] = _votes[_roots[tree + 5] + (int)i5];
            leaves[6] = _votes[_roots[tree + 6] + (int)i6];
            leaves[7] = _votes[_roots[tree + 7] + (int)i7];
            AddAll(leaves, 1, Ways, sums);
        }

        for (; tree < _roots.Length; tree++)
        {
            nuint node = 0;
            while (Advance(_nodes + _roots[tree], ref node, row) != 0)
            {
            }

            Add(_roots[tree] + (int)node, sums);
        }
    }

    // Eight rows side by side, tree by tree.
    private void SumBlock(float* rows, int features, int first, int last, float* sums)
    {
        var leaves = stackalloc int[TreesAtOnce * Ways];
        var place = leaves;
        float* r1 = rows + features, r2 = r1 + features, r3 = r2 + features, r4 = r3 + features;
        float* r5 = r4 + features, r6 = r5 + features, r7 = r6 + features;
        for (var tree = first; tree < last; tree++)
        {
            var nodes = _nodes + _roots[tree];
            var votes = _votes + _roots[tree];
            nuint i0 = 0, i1 = 0, i2 = 0, i3 = 0, i4 = 0, i5 = 0, i6 = 0, i7 = 0;
            nuint moved;
            do
            {
                for (var s = 1; s < StepsBetweenChecks; s++)
                {
                    i0 = Step(nodes, i0, rows);
                    i1 = Step(nodes, i1, r1);
                    i2 = Step(nodes, i2, r2);
                    i3 = Step(nodes, i3, r3);
                    i4 = Step(nodes, i4, r4);
                    i5 = Step(nodes, i5, r5);
                    i6 = Step(nodes, i6, r6);
                    i7 = Step(nodes, i7, r7);
                }

                moved = Advance(nodes, ref i0, rows) | Advance(nodes, ref i1, r1) | Advance(nodes, ref i2, r2) | Advance(nodes, ref i3, r3)
                    | Advance(nodes, ref i4, r4) | Advance(nodes, ref i5, r5) | Advance(nodes, ref i6, r6) | Advance(nodes, ref i7, r7);
            }
            while (moved != 0);

            place[0] = votes[i0];
            place[1] = votes[i1];
            place[2] = votes[i2];
            place[3] = votes[i3];
            place[4] = votes[i4];
            place[5] = votes[i5];
            place[6] = votes[i6];
            place[7] = votes[i7];
            place += Ways;
        }

        for (var r = 0; r < Ways; r++)
        {
            AddAll(leaves + r, Ways, last - first, sums + (r * _width));
        }
    }

    private void SumMissing(float* row, float* sums)
    {
        foreach (var root in _roots)
        {
            nuint i = 0;
            for (nuint next; ; i = next)
            {
                var node = _nodes[(nuint)root + i];
                var value = row[(node >> FeatureShift) & FeatureMask];
                var right = float.IsNaN(value)
                    ? (node & MissingLeft) == 0
                    : value > BitConverter.UInt32BitsToSingle((uint)node);
                next = (nuint)(node >> ChildShift) + (right ? 1u : 0u);
                if (next == i)
                {
                    break;
                }
            }

            Add(root + (int)i, sums);
        }
    }

    // Only for rows without NaN: then "not <=" is ">", and a leaf's infinite threshold keeps the walk where it is.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Step(ulong* nodes, nuint index, float* row)
    {
        var node = nodes[index];
        var right = row[(node >> FeatureShift) & FeatureMask] > BitConverter.UInt32BitsToSingle((uint)node);
        return (nuint)(node >> ChildShift) + Unsafe.BitCast<bool, byte>(right);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Advance(ulong* nodes, ref nuint index, float* row)
    {
        var next = Step(nodes, index, row);
        var moved = next ^ index;
        index = next;
        return moved;
    }

    private void Add(int leaf, float* sums)
    {
        var vector = _votes[leaf];
        AddAll(&vector, 1, 1, sums);
    }

    // The sums stay in a register: through memory each would wait for the one before to be written.
    private void AddAll(int* vectors, int stride, int count, float* sums)
    {
        if (_width == 4)
        {
            var sum = Vector128.Load(sums);
            for (var i = 0; i < count; i++)
            {
                sum += Vector128.Load(_vectors + vectors[i * stride]);
            }

            sum.Store(sums);
            return;
        }

        for (var k = 0; k < _width; k += 8)
        {
            var sum = Vector256.Load(sums + k);
            for (var i = 0; i < count; i++)
            {
                sum += Vector256.Load(_vectors + vectors[i * stride] + k);
            }

            sum.Store(sums + k);
        }
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
