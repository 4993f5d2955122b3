namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// Where a tree's node stands in an ensemble's arrays. Every known converter writes a tree's nodes together and counts them from
/// 0, and then a node's place is its tree's first place and its number; others cost a dictionary.
/// </summary>
internal sealed class NodeIndex
{
    private readonly Dictionary<int, (int First, int Count)> _trees = [];
    private readonly Dictionary<(int Tree, int Node), int>? _places;
    private int _lastTree;
    private (int First, int Count) _last;

    /// <summary>Throws <see cref="ArgumentException"/> when two nodes have one number.</summary>
    public NodeIndex(ReadOnlySpan<int> trees, ReadOnlySpan<int> nodes)
    {
        for (int first = 0, next; first < nodes.Length; first = next)
        {
            var tree = trees[first];
            for (next = first; next < nodes.Length && trees[next] == tree && nodes[next] == next - first; next++)
            {
                LoadThread.Breathe(next);
            }

            // Not counted from 0, or the tree's nodes are in two places.
            if (next == first || !_trees.TryAdd(tree, (first, next - first)))
            {
                _places = Index(trees, nodes);
                return;
            }
        }
    }

    /// <summary>The place of a tree's node. Throws <see cref="KeyNotFoundException"/> when there is none.</summary>
    public int this[int tree, int node]
    {
        get
        {
            if (_places is not null)
            {
                return _places[(tree, node)];
            }

            // Asked tree by tree.
            if (_last.Count == 0 || _lastTree != tree)
            {
                (_lastTree, _last) = (tree, _trees[tree]);
            }

            return (uint)node < (uint)_last.Count
                ? _last.First + node
                : throw new KeyNotFoundException($"tree {tree} has no node {node}");
        }
    }

    private static Dictionary<(int, int), int> Index(ReadOnlySpan<int> trees, ReadOnlySpan<int> nodes)
    {
        var places = new Dictionary<(int, int), int>(nodes.Length);
        for (var i = 0; i < nodes.Length; i++)
        {
            LoadThread.Breathe(i);
            places.Add((trees[i], nodes[i]), i);
        }

        return places;
    }
}
