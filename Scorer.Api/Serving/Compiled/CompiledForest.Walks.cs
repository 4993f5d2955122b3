using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Analytics.Scorer.Api.Serving.Compiled;

// The walks from the roots to the leaves, and the sums of what the leaves vote.
internal sealed unsafe partial class CompiledForest
{
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
}
