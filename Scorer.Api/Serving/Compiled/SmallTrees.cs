using System.Numerics;
using System.Runtime.CompilerServices;

namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// Finds the leaves of trees of at most 64 leaves without walking them (Lucchese et al., "QuickScorer", SIGIR 2015). A tree's
/// leaves are bits, from left to right; a test that fails strikes out those on its left, and the first bit left is the leaf. Tests
/// lie in a list for each feature by rising threshold, so that the failed ones come first and the list ends at one jump.
/// Immutable; any number of threads; for rows without NaN.
/// </summary>
internal sealed unsafe class SmallTrees
{
    /// <summary>The most trees: their bits lie on the stack.</summary>
    public const int MaxTrees = 512;

    private const int MaxLeaves = 64;

    // By feature, each list closed by an infinity, which no value exceeds.
    private readonly float[] _thresholds;
    private readonly int[] _trees;
    private readonly ulong[] _keep;
    private readonly int[] _first;

    private readonly int[] _leafStart;
    private readonly int[] _leaves;

    private SmallTrees(IEnumerable<Test> tests, int features, int[] leafStart, int[] leaves)
    {
        var lists = tests.ToLookup(t => t.Feature);
        var sorted = Enumerable.Range(0, features)
            .SelectMany(f => lists[f].OrderBy(t => t.Threshold).Append(new Test(f, float.PositiveInfinity, 0, ulong.MaxValue))).ToArray();
        _thresholds = [.. sorted.Select(t => t.Threshold)];
        _trees = [.. sorted.Select(t => t.Tree)];
        _keep = [.. sorted.Select(t => t.Keep)];
        _first = new int[features];
        for (var f = 1; f < features; f++)
        {
            _first[f] = _first[f - 1] + lists[f - 1].Count() + 1;
        }

        _leafStart = leafStart;
        _leaves = leaves;
    }

    /// <summary>Null when the trees are too large or too many.</summary>
    public static SmallTrees? TryBuild(TreeEnsemble ensemble, ForestLayout layout)
    {
        // A tree of n leaves has 2n - 1 nodes.
        if (ensemble.Roots.Length > MaxTrees || layout.Count > ensemble.Roots.Length * ((2 * MaxLeaves) - 1)
            || HasNaN(ensemble.Threshold.AsSpan()))
        {
            return null;
        }

        var votes = new int[ensemble.Feature.Length];
        for (var i = 0; i < layout.Count; i++)
        {
            votes[layout.Source[i]] = layout.Votes[i];
        }

        var tests = new List<Test>();
        var leaves = new List<int>();
        var leafStart = new int[ensemble.Roots.Length];
        for (var t = 0; t < leafStart.Length; t++)
        {
            leafStart[t] = leaves.Count;
            if (!Visit(ensemble.Roots[t], t, 0))
            {
                return null;
            }
        }

        return new SmallTrees(tests, ensemble.MaxFeature + 1, leafStart, [.. leaves]);

        // A tree has more leaves than levels, so this never goes deep.
        bool Visit(int node, int tree, int depth)
        {
            if (ensemble.Feature.AsSpan()[node] < 0)
            {
                leaves.Add(votes[node]);
                return leaves.Count - leafStart[tree] <= MaxLeaves;
            }

            var before = leaves.Count - leafStart[tree];
            if (depth == MaxLeaves || !Visit(ensemble.Left.AsSpan()[node], tree, depth + 1))
            {
                return false;
            }

            var left = leaves.Count - leafStart[tree] - before;
            if (left == MaxLeaves)
            {
                return false;
            }

            tests.Add(new Test(ensemble.Feature.AsSpan()[node], ensemble.Threshold.AsSpan()[node], tree, ~(((1UL << left) - 1) << before)));
            return Visit(ensemble.Right.AsSpan()[node], tree, depth + 1);
        }
    }

    private static bool HasNaN(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (float.IsNaN(value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>For each tree where the row's leaf has its votes, into <paramref name="leaves"/>.</summary>
    [SkipLocalsInit]
    public void Find(float* row, int* leaves)
    {
        var bits = stackalloc ulong[MaxTrees];
        new Span<ulong>(bits, _leafStart.Length).Fill(ulong.MaxValue);
        fixed (float* thresholds = _thresholds)
        fixed (int* trees = _trees)
        fixed (ulong* keep = _keep)
        {
            for (var f = 0; f < _first.Length; f++)
            {
                var value = row[f];
                for (var i = (nuint)(uint)_first[f]; value > thresholds[i]; i++)
                {
                    bits[trees[i]] &= keep[i];
                }
            }
        }

        fixed (int* start = _leafStart)
        fixed (int* votes = _leaves)
        {
            for (var t = 0; t < _leafStart.Length; t++)
            {
                leaves[t] = votes[start[t] + BitOperations.TrailingZeroCount(bits[t])];
            }
        }
    }

    private readonly record struct Test(int Feature, float Threshold, int Tree, ulong Keep);
}
