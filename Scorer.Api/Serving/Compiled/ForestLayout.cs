namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// Numbers the nodes of each tree breadth first, so that the levels every row passes lie together, with a node's children side
/// by side; and gives equal leaves one vector of votes. The first <see cref="TopLevels"/> levels are whole: a leaf among them stands
/// for a test that always goes left, and its copies follow below.
/// </summary>
internal sealed class ForestLayout
{
    /// <summary>The levels of tests that every tree has; at most 4, so that the places below are bits of a positive int.</summary>
    public const int TopLevels = 4;

    /// <summary>The places of those levels.</summary>
    public const int TopNodes = (1 << TopLevels) - 1;

    private readonly LoadArray<int> _source;
    private readonly LoadArray<int> _left;
    private readonly LoadArray<int> _votes;
    private readonly VoteVectors _vectors;

    public ForestLayout(TreeEnsemble ensemble, int width, int maxTreeNodes, LoadArena arena)
    {
        Roots = new int[ensemble.Roots.Length];
        // What the whole levels add to a tree is less than twice their places.
        var room = ensemble.Feature.Length + (2 * TopNodes * Roots.Length);
        (_source, _left, _votes) = (arena.Take<int>(room), arena.Take<int>(room), arena.Take<int>(room));
        _vectors = new VoteVectors(width);
        var source = _source.AsSpan();
        var left = _left.AsSpan();
        var feature = ensemble.Feature.AsSpan();
        var lefts = ensemble.Left.AsSpan();
        var rights = ensemble.Right.AsSpan();
        for (var t = 0; t < Roots.Length; t++)
        {
            var root = Roots[t] = Count;
            Add(source, ensemble.Roots[t]);
            // The array is its own queue: children are appended while their parents are visited.
            for (var i = root; i < Count; i++)
            {
                LoadThread.Breathe(i);
                var node = source[i];
                var leaf = feature[node] < 0;
                if (leaf && i - root >= TopNodes)
                {
                    left[i] = i - root;
                    continue;
                }

                left[i] = Count - root;
                Add(source, leaf ? node : lefts[node]);
                Add(source, leaf ? node : rights[node]);
                if (Count - root > maxTreeNodes)
                {
                    throw new NotSupportedException($"a tree with more than {maxTreeNodes} nodes");
                }
            }
        }

        var places = _votes.AsSpan();
        var output = ensemble.VoteOutput.AsSpan();
        var weight = ensemble.VoteWeight.AsSpan();
        var voteStart = ensemble.VoteStart.AsSpan();
        for (var i = 0; i < Count; i++)
        {
            LoadThread.Breathe(i);
            var node = source[i];
            if (feature[node] < 0)
            {
                var (start, end) = (voteStart[node], voteStart[node + 1]);
                places[i] = _vectors.PlaceOf(output[start..end], weight[start..end]);
            }
        }
    }

    public int[] Roots { get; }

    public int Count { get; private set; }

    /// <summary>The ensemble's node at each place; a leaf's also at those of its copies.</summary>
    public ReadOnlySpan<int> Source => _source.AsSpan()[..Count];

    /// <summary>The left child's place, counted from the tree's root; a leaf's own.</summary>
    public ReadOnlySpan<int> Left => _left.AsSpan()[..Count];

    /// <summary>For a leaf where its vector starts in <see cref="Vectors"/>.</summary>
    public ReadOnlySpan<int> Votes => _votes.AsSpan()[..Count];

    public ReadOnlySpan<float> Vectors => _vectors.All;

    // A graph with a circle, or with a node in two places, runs out of room.
    private void Add(Span<int> source, int node) =>
        source[Count < source.Length ? Count++ : throw new NotSupportedException("a node with two parents")] = node;
}
