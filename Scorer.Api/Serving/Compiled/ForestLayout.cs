using System.Runtime.InteropServices;

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

    private readonly List<int> _source;
    private readonly List<int> _left;
    private readonly List<int> _votes;
    private readonly VoteVectors _vectors;

    public ForestLayout(TreeEnsemble ensemble, int width, int maxTreeNodes)
    {
        Roots = new int[ensemble.Roots.Length];
        var count = ensemble.Feature.Length;
        (_source, _left, _votes) = (new(count), new(count), new(count));
        _vectors = new VoteVectors(width);
        for (var t = 0; t < Roots.Length; t++)
        {
            Roots[t] = _source.Count;
            _source.Add(ensemble.Roots[t]);
            _left.Add(0);
            // The list is its own queue: children are appended while their parents are visited.
            for (var i = Roots[t]; i < _source.Count; i++)
            {
                LoadThread.Breathe(i);
                var node = _source[i];
                var leaf = ensemble.Feature[node] < 0;
                if (leaf && i - Roots[t] >= TopNodes)
                {
                    _left[i] = i - Roots[t];
                    continue;
                }

                _left[i] = _source.Count - Roots[t];
                _source.Add(leaf ? node : ensemble.Left[node]);
                _source.Add(leaf ? node : ensemble.Right[node]);
                _left.Add(0);
                _left.Add(0);
                if (_source.Count - Roots[t] > maxTreeNodes)
                {
                    throw new NotSupportedException($"a tree with more than {maxTreeNodes} nodes");
                }
            }
        }

        foreach (var node in _source)
        {
            LoadThread.Breathe(_votes.Count);
            _votes.Add(ensemble.Feature[node] < 0 ? _vectors.PlaceOf(ensemble.VotesOf(node)) : 0);
        }
    }

    public int[] Roots { get; }

    public int Count => _source.Count;

    /// <summary>The ensemble's node at each place; a leaf's also at those of its copies.</summary>
    public IReadOnlyList<int> Source => _source;

    /// <summary>The left child's place, counted from the tree's root; a leaf's own.</summary>
    public IReadOnlyList<int> Left => _left;

    /// <summary>For a leaf where its vector starts in <see cref="Vectors"/>.</summary>
    public ReadOnlySpan<int> Votes => CollectionsMarshal.AsSpan(_votes);

    public ReadOnlySpan<float> Vectors => _vectors.All;
}
