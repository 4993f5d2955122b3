using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Analytics.Scorer.Api.Serving.Compiled;

// The walks from the roots to the leaves, and the sums of what the leaves vote.
internal sealed unsafe partial class CompiledForest
{
    private const int Ways = 8;
    private const int StepsBetweenChecks = 5;

    // By the place of a test in the first levels, breadth first: the places below them that are on its left.
    private static readonly int[] RuledOutByRight = [.. Enumerable.Range(0, ForestLayout.TopNodes).Select(n =>
    {
        var level = BitOperations.Log2((uint)n + 1);
        var leaves = 1 << (ForestLayout.TopLevels - level);
        return ((1 << (leaves / 2)) - 1) << ((n + 1 - (1 << level)) * leaves);
    })];

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
    [SkipLocalsInit]
    private void SumBlock(int* groups, int features, ushort* whole, int count, float* sums)
    {
        var places = stackalloc uint[MaxRows];
        var walking = stackalloc ushort[MaxRows];
        // Lanes behind the last row hold old values; they walk too, and nobody asks where.
        var padded = (count + Lanes - 1) / Lanes * Lanes;
        foreach (var root in _roots)
        {
            var nodes = _nodes + root;
            FindBelowTop(nodes, groups, features, padded, places);
            var left = WalkAll(nodes, groups, features, padded, places, walking);
            while (left > 0)
            {
                left = WalkOn(nodes, groups, features, places, walking, left);
            }

            for (var i = 0; i < count; i++)
            {
                Add(_votes[root + (int)places[i]], sums + (whole[i] * _width));
            }
        }
    }

    // The first levels of a group at once: all their tests, each striking out the places it rules out (as SmallTrees does); the first
    // place left, as a bit, is the exponent of a float.
    private static void FindBelowTop(Node* nodes, int* groups, int features, int count, uint* places)
    {
        for (var first = 0; first < count; first += Lanes)
        {
            var group = groups + (first * features);
            var possible = Vector256<int>.AllBitsSet;
            for (var n = 0; n < ForestLayout.TopNodes; n++)
            {
                var right = Vector256.GreaterThan(Vector256.Load(group + nodes[n].Feature), Vector256.Create(nodes[n].Threshold));
                possible = Vector256.AndNot(possible, right & Vector256.Create(RuledOutByRight[n]));
            }

            var lowest = Vector256.ConvertToSingle(possible & -possible).AsInt32() >> 23;
            (lowest + Vector256.Create(ForestLayout.TopNodes - 127)).AsUInt32().Store(places + first);
        }
    }

    // Moves all rows by some steps, group by group; writes those that are not at a leaf to a list and returns their number.
    private static int WalkAll(Node* nodes, int* groups, int features, int count, uint* places, ushort* walking)
    {
        var kept = 0;
        for (var first = 0; first < count; first += Lanes)
        {
            var x = groups + (first * features);
            var place = places + first;
            nuint i0 = place[0], i1 = place[1], i2 = place[2], i3 = place[3], i4 = place[4], i5 = place[5], i6 = place[6], i7 = place[7];
            for (var s = 0; s < StepsBetweenChecks; s++)
            {
                i0 = Step(nodes, i0, x);
                i1 = Step(nodes, i1, x + 1);
                i2 = Step(nodes, i2, x + 2);
                i3 = Step(nodes, i3, x + 3);
                i4 = Step(nodes, i4, x + 4);
                i5 = Step(nodes, i5, x + 5);
                i6 = Step(nodes, i6, x + 6);
                i7 = Step(nodes, i7, x + 7);
            }

            kept += Keep(nodes, i0, place, first, walking + kept);
            kept += Keep(nodes, i1, place + 1, first + 1, walking + kept);
            kept += Keep(nodes, i2, place + 2, first + 2, walking + kept);
            kept += Keep(nodes, i3, place + 3, first + 3, walking + kept);
            kept += Keep(nodes, i4, place + 4, first + 4, walking + kept);
            kept += Keep(nodes, i5, place + 5, first + 5, walking + kept);
            kept += Keep(nodes, i6, place + 6, first + 6, walking + kept);
            kept += Keep(nodes, i7, place + 7, first + 7, walking + kept);
        }

        return kept;
    }

    // The same for the rows of the list, which it shortens. Four side by side, and the processor overlaps them with the next four.
    private static int WalkOn(Node* nodes, int* groups, int features, uint* places, ushort* walking, int count)
    {
        int kept = 0, i = 0;
        for (; i + 4 <= count; i += 4)
        {
            int r0 = walking[i], r1 = walking[i + 1], r2 = walking[i + 2], r3 = walking[i + 3];
            int* x0 = ValuesOf(groups, features, r0), x1 = ValuesOf(groups, features, r1);
            int* x2 = ValuesOf(groups, features, r2), x3 = ValuesOf(groups, features, r3);
            nuint i0 = places[r0], i1 = places[r1], i2 = places[r2], i3 = places[r3];
            for (var s = 0; s < StepsBetweenChecks; s++)
            {
                i0 = Step(nodes, i0, x0);
                i1 = Step(nodes, i1, x1);
                i2 = Step(nodes, i2, x2);
                i3 = Step(nodes, i3, x3);
            }

            kept += Keep(nodes, i0, places + r0, r0, walking + kept);
            kept += Keep(nodes, i1, places + r1, r1, walking + kept);
            kept += Keep(nodes, i2, places + r2, r2, walking + kept);
            kept += Keep(nodes, i3, places + r3, r3, walking + kept);
        }

        for (; i < count; i++)
        {
            int row = walking[i];
            var x = ValuesOf(groups, features, row);
            nuint place = places[row];
            for (var s = 0; s < StepsBetweenChecks; s++)
            {
                place = Step(nodes, place, x);
            }

            kept += Keep(nodes, place, places + row, row, walking + kept);
        }

        return kept;
    }

    private static int* ValuesOf(int* groups, int features, int row) => groups + ((row & -Lanes) * features) + (row & (Lanes - 1));

    // Stores a row's place, and the row at the end of the list; it counts there unless the place is a leaf.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Keep(Node* nodes, nuint index, uint* place, int row, ushort* end)
    {
        *place = (uint)index;
        *end = (ushort)row;
        return AsOne(nodes[index].Left != 0);
    }

    private void SumMissing(float* row, float* sums)
    {
        foreach (var root in _roots)
        {
            nuint i = 0;
            for (nuint next; ; i = next)
            {
                var node = _nodes[(nuint)root + i];
                var value = row[node.Feature / Lanes];
                var right = float.IsNaN(value) ? !_missingLeft[root + (int)i] : Comparable(value) > node.Threshold;
                next = i + node.Left + (right ? 1u : 0u);
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
        var right = AsOne(row[nodes[index].Feature] > nodes[index].Threshold);
        return index + nodes[index].Left + right;
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
