namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>The arrays of a tree while it grows; reused from tree to tree, so that growing allocates only the finished tree.</summary>
internal sealed class TreeBuilder
{
    private int[] _feature = new int[64];
    private float[] _threshold = new float[64];
    private byte[] _cutBin = new byte[64];
    private bool[] _missingLeft = new bool[64];
    private int[] _left = new int[64];
    private ushort[] _leafCount = new ushort[64];
    private ushort[] _leafClass = new ushort[64];
    private float[] _leafValue = new float[64];
    private int _nodes;
    private int _entries;

    public void Reset() => (_nodes, _entries) = (0, 0);

    /// <summary>Adds nodes, to be filled by <see cref="SetSplit"/> or <see cref="SetLeaf"/>; returns the first's index.</summary>
    public int AddNodes(int count)
    {
        if (_nodes + count > _feature.Length)
        {
            var size = _feature.Length * 2;
            Array.Resize(ref _feature, size);
            Array.Resize(ref _threshold, size);
            Array.Resize(ref _cutBin, size);
            Array.Resize(ref _missingLeft, size);
            Array.Resize(ref _left, size);
            Array.Resize(ref _leafCount, size);
        }

        _nodes += count;
        return _nodes - count;
    }

    public void SetSplit(int node, int feature, float threshold, int cutBin, bool missingLeft, int left)
    {
        _feature[node] = feature;
        _threshold[node] = threshold;
        _cutBin[node] = (byte)cutBin;
        _missingLeft[node] = missingLeft;
        _left[node] = left;
        _leafCount[node] = 0;
    }

    /// <summary>Makes the node a leaf of the entries that <paramref name="search"/> adds.</summary>
    public void SetLeaf(int node, SplitSearch search, int slot)
    {
        var first = _entries;
        search.AddLeaf(this, slot);
        SetSplit(node, -1, 0, 0, false, first);
        _leafCount[node] = (ushort)(_entries - first);
    }

    public void AddLeafEntry(ushort label, float value)
    {
        if (_entries == _leafClass.Length)
        {
            Array.Resize(ref _leafClass, _entries * 2);
            Array.Resize(ref _leafValue, _entries * 2);
        }

        _leafClass[_entries] = label;
        _leafValue[_entries++] = value;
    }

    /// <summary>The entries of a leaf.</summary>
    public (ReadOnlyMemory<ushort> Classes, ReadOnlyMemory<float> Values) Leaf(int node) =>
        (_leafClass.AsMemory(_left[node], _leafCount[node]), _leafValue.AsMemory(_left[node], _leafCount[node]));

    public Tree ToTree() => new()
    {
        Feature = _feature[.._nodes],
        Threshold = _threshold[.._nodes],
        CutBin = _cutBin[.._nodes],
        MissingLeft = _missingLeft[.._nodes],
        Left = _left[.._nodes],
        LeafCount = _leafCount[.._nodes],
        LeafClass = _leafClass[.._entries],
        LeafValue = _leafValue[.._entries],
    };
}
