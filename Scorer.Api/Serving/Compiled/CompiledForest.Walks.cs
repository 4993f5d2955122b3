using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Analytics.Scorer.Api.Serving.Compiled;

// The walks from the roots to the leaves, and the sums of what the leaves vote.
internal sealed unsafe partial class CompiledForest
{
    private const int Ways = 8;
    private const int StepsBetweenChecks = 4;

    // Of a block: most leaves are deeper than the first steps, few are not reached in two more passes.
    private const int FirstSteps = 8;
    private const int NextSteps = 4;
    private const int FewestInBlock = 8;

    // Eight trees side by side for one row.
    private void SumRow(int* row, float* sums)
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
            AddAll(leaves, Ways, sums);
        }

        for (; tree < _roots.Length; tree++)
        {
            nuint node = 0;
            while (Advance(_nodes + _roots[tree], ref node, row) != 0)
            {
            }

            Add(_votes[_roots[tree] + (int)node], sums);
        }
    }

    // Tree by tree, so that its nodes stay in the first cache. Rows that have reached their leaf leave the list of those that walk
    // on: a tree's longest path costs the rows on it and no others.
    private void SumBlock(int* rows, int features, ushort* whole, int count, float* sums)
    {
        var places = stackalloc uint[MaxRows];
        var walking = stackalloc ushort[MaxRows];
        foreach (var root in _roots)
        {
            new Span<uint>(places, MaxRows).Clear();
            var left = Walk(_nodes + root, rows, features, places, whole, count, walking, FirstSteps);
            while (left > 0)
            {
                left = Walk(_nodes + root, rows, features, places, walking, left, walking, NextSteps);
            }

            for (var i = 0; i < count; i++)
            {
                Add(_votes[root + (int)places[whole[i]]], sums + (whole[i] * _width));
            }
        }
    }

    // Moves the rows of a list by some steps; returns how many moved in the last one, and writes those to another list, which may be
    // the same. Four rows side by side, and the processor overlaps them with the next four.
    private static int Walk(
        Node* nodes, int* rows, int features, uint* places, ushort* list, int count, ushort* walking, int steps)
    {
        int kept = 0, i = 0;
        for (; i + 4 <= count; i += 4)
        {
            nuint r0 = list[i], r1 = list[i + 1], r2 = list[i + 2], r3 = list[i + 3];
            int* x0 = rows + (r0 * (uint)features), x1 = rows + (r1 * (uint)features);
            int* x2 = rows + (r2 * (uint)features), x3 = rows + (r3 * (uint)features);
            nuint i0 = places[r0], i1 = places[r1], i2 = places[r2], i3 = places[r3];
            for (var s = 1; s < steps; s++)
            {
                i0 = Step(nodes, i0, x0);
                i1 = Step(nodes, i1, x1);
                i2 = Step(nodes, i2, x2);
                i3 = Step(nodes, i3, x3);
            }

            nuint m0 = Advance(nodes, ref i0, x0), m1 = Advance(nodes, ref i1, x1);
            nuint m2 = Advance(nodes, ref i2, x2), m3 = Advance(nodes, ref i3, x3);
            places[r0] = (uint)i0;
            places[r1] = (uint)i1;
            places[r2] = (uint)i2;
            places[r3] = (uint)i3;
            walking[kept] = (ushort)r0;
            kept += AsOne(m0 != 0);
            walking[kept] = (ushort)r1;
            kept += AsOne(m1 != 0);
            walking[kept] = (ushort)r2;
            kept += AsOne(m2 != 0);
            walking[kept] = (ushort)r3;
            kept += AsOne(m3 != 0);
        }

        for (; i < count; i++)
        {
            nuint row = list[i];
            var x = rows + (row * (uint)features);
            nuint place = places[row], moved = 0;
            for (var s = 0; s < steps; s++)
            {
                moved = Advance(nodes, ref place, x);
            }

            places[row] = (uint)place;
            walking[kept] = (ushort)row;
            kept += AsOne(moved != 0);
        }

        return kept;
    }

    private void SumMissing(float* row, float* sums)
    {
        foreach (var root in _roots)
        {
            nuint i = 0;
            for (nuint next; ; i = next)
            {
                var node = _nodes[(nuint)root + i];
                var value = row[node.Test & FeatureMask];
                var right = float.IsNaN(value) ? (node.Test & MissingLeft) == 0 : Comparable(value) > node.Threshold;
                next = (node.Test >> ChildShift) + (right ? 1u : 0u);
                if (next == i)
                {
                    break;
                }
            }

            Add(_votes[root + (int)i], sums);
        }
    }

    // Only for rows without NaN, made comparable.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Step(Node* nodes, nuint index, int* row)
    {
        var test = nodes[index].Test;
        return (test >> ChildShift) + (uint)AsOne(row[test & FeatureMask] > nodes[index].Threshold);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Advance(Node* nodes, ref nuint index, int* row)
    {
        var next = Step(nodes, index, row);
        var moved = next ^ index;
        index = next;
        return moved;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte AsOne(bool value) => Unsafe.BitCast<bool, byte>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(int vector, float* sums)
    {
        if (_width == 4)
        {
            (Vector128.Load(sums) + Vector128.Load(_vectors + vector)).Store(sums);
            return;
        }

        for (var k = 0; k < _width; k += 8)
        {
            (Vector256.Load(sums + k) + Vector256.Load(_vectors + vector + k)).Store(sums + k);
        }
    }

    // The sums stay in a register: through memory each would wait for the one before to be written.
    private void AddAll(int* vectors, int count, float* sums)
    {
        if (_width == 4)
        {
            var sum = Vector128.Load(sums);
            for (var i = 0; i < count; i++)
            {
                sum += Vector128.Load(_vectors + vectors[i]);
            }

            sum.Store(sums);
            return;
        }

        for (var k = 0; k < _width; k += 8)
        {
            var sum = Vector256.Load(sums + k);
            for (var i = 0; i < count; i++)
            {
                sum += Vector256.Load(_vectors + vectors[i] + k);
            }

            sum.Store(sums + k);
        }
    }
}
