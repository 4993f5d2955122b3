namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// Grows one tree at a time, depth first; one instance a thread. Beside the rows drawn for the tree it carries the others (out
/// of bag) down the same splits, so that their estimate costs sequential reads and not a walk through the tree for each row.
/// </summary>
internal sealed class TreeGrower
{
    /// <summary>The places of the stack: the smaller child is grown first, so no more than log2(rows) + 1 nodes wait.</summary>
    public const int StackSize = 34;

    private const int Headroom = 64;

    private readonly BinnedData _data;
    private readonly ForestParameters _parameters;
    private readonly SplitSearch _search;
    private readonly TreeBuilder _tree = new();
    private readonly ushort[] _draws;
    // As long as the rows drawn and the rows left, which differ little from tree to tree.
    private ulong[] _samples = [];
    private ulong[] _scratch = [];
    private int[] _outside = [];
    private int[] _outsideScratch = [];
    private readonly int[] _columns;
    private readonly Node[] _stack;
    // The columns known to be constant in the node at each place of the stack, a bit each.
    private readonly ulong[] _constant;
    private readonly int _words;
    private readonly int _featuresPerSplit;
    private readonly int _maxDepth;
    private int _outsideCount;

    public TreeGrower(BinnedData data, ForestParameters parameters, int featuresPerSplit, SplitSearch search)
    {
        _data = data;
        _parameters = parameters;
        _featuresPerSplit = featuresPerSplit;
        _search = search;
        _maxDepth = parameters.MaxDepth > 0 ? parameters.MaxDepth : int.MaxValue;
        _draws = new ushort[data.Rows];
        _columns = new int[data.Columns];
        _stack = new Node[StackSize];
        _words = (data.Columns + 63) / 64;
        _constant = new ulong[(StackSize + 1) * _words];
    }

    /// <summary>
    /// Grows the tree of a random stream. <paramref name="importance"/> (a place for each column) receives the decrease of
    /// impurity, <paramref name="outOfBag"/> each leaf with the rows that were not drawn and end in it.
    /// </summary>
    public Tree Grow(ForestRandom random, double[] importance, OutOfBag outOfBag)
    {
        var (samples, outside) = Draw(ref random);
        _tree.Reset();
        // A tree must not depend on the trees that this thread grew before it.
        for (var c = 0; c < _columns.Length; c++)
        {
            _columns[c] = c;
        }

        _search.SetRoot(_samples.AsSpan(0, samples));
        _constant.AsSpan(0, _words).Clear();
        _stack[0] = new Node(_tree.AddNodes(1), 0, samples, 0, outside, 0);
        for (var top = 0; top >= 0;)
        {
            var node = _stack[top];
            if (_search.BeginNode(top) && node.Depth < _maxDepth && FindSplit(node, top, ref random))
            {
                Divide(node, top, importance);
                top++;
            }
            else
            {
                _tree.SetLeaf(node.Index, _search, top);
                var (classes, values) = _tree.Leaf(node.Index);
                outOfBag.Add(_outside.AsSpan(node.OutsideStart, node.OutsideCount), classes.Span, values.Span);
                top--;
            }
        }

        return _tree.ToTree();
    }

    /// <summary>The rows that the latest tree was grown without.</summary>
    public ReadOnlyMemory<int> Outside => _outside.AsMemory(0, _outsideCount);

    private (int Samples, int Outside) Draw(ref ForestRandom random)
    {
        var rows = _data.Rows;
        var wanted = Math.Max(1, (int)Math.Round(rows * _parameters.SampleFraction));
        Array.Clear(_draws);
        if (_parameters.Replace)
        {
            for (var i = 0; i < wanted; i++)
            {
                _draws[random.Next(rows)]++;
            }
        }
        else
        {
            // Selection sampling (Knuth, TAOCP vol. 2, 3.4.2, algorithm S): each row once, in order.
            for (int row = 0, left = wanted; left > 0; row++)
            {
                if (random.Next(rows - row) < left)
                {
                    _draws[row] = 1;
                    left--;
                }
            }
        }

        var drawn = rows - _draws.AsSpan().Count((ushort)0);
        Reserve(ref _samples, ref _scratch, drawn);
        Reserve(ref _outside, ref _outsideScratch, rows - drawn);
        int samples = 0, outside = 0;
        for (var row = 0; row < rows; row++)
        {
            if (_draws[row] > 0)
            {
                _samples[samples++] = _search.Pack(row, _draws[row]);
            }
            else
            {
                _outside[outside++] = row;
            }
        }

        _outsideCount = outside;
        return (samples, outside);
    }

    // A little more than needed, so that the next trees fit too.
    private void Reserve<T>(ref T[] array, ref T[] scratch, int count)
    {
        if (array.Length < count)
        {
            var length = Math.Min(_data.Rows, count + (count / Headroom) + Headroom);
            // Let go of the old ones first: both at once would be the peak.
            array = scratch = [];
            array = GC.AllocateUninitializedArray<T>(length);
            scratch = GC.AllocateUninitializedArray<T>(length);
        }
    }

    // Draws columns without replacement until enough were not constant; as scikit-learn does, a constant column costs nothing.
    private bool FindSplit(in Node node, int top, ref ForestRandom random)
    {
        var samples = _samples.AsSpan(node.Start, node.Count);
        var constant = _constant.AsSpan(top * _words, _words);
        var found = 0;
        for (var i = 0; i < _columns.Length && found < _featuresPerSplit; i++)
        {
            var pick = i + random.Next(_columns.Length - i);
            (_columns[i], _columns[pick]) = (_columns[pick], _columns[i]);
            var column = _columns[i];
            if ((constant[column >> 6] >> column & 1) != 0)
            {
                continue;
            }

            if (_search.Search(column, _data.Bins[column], samples))
            {
                found++;
            }
            else
            {
                constant[column >> 6] |= 1UL << column;
            }
        }

        return _search.Best.Column >= 0;
    }

    private void Divide(in Node node, int top, double[] importance)
    {
        var split = _search.Best;
        var edges = _data.Edges[split.Column];
        var bins = _data.Bins[split.Column];
        var cut = edges.CutBin(split.LeftBin, split.RightBin);
        var samples = _samples.AsSpan(node.Start, node.Count);
        var left = Partition(samples, bins, cut, split.Missing == MissingSide.Left);
        // Where the node had no missing value to learn from, one goes with the majority.
        var missingLeft = split.Missing == MissingSide.Unknown ? left * 2 >= node.Count : split.Missing == MissingSide.Left;
        var outsideLeft = PartitionOutside(_outside.AsSpan(node.OutsideStart, node.OutsideCount), bins, cut, missingLeft);

        var smallerLeft = left * 2 < node.Count;
        importance[split.Column] += _search.Divide(top, smallerLeft ? samples[..left] : samples[left..]);
        var first = _tree.AddNodes(2);
        _tree.SetSplit(node.Index, split.Column, edges.Threshold(cut), cut, missingLeft, first);

        var leftChild = new Node(first, node.Start, left, node.OutsideStart, outsideLeft, node.Depth + 1);
        var rightChild = new Node(
            first + 1, node.Start + left, node.Count - left, node.OutsideStart + outsideLeft, node.OutsideCount - outsideLeft, node.Depth + 1);
        _constant.AsSpan(top * _words, _words).CopyTo(_constant.AsSpan((top + 1) * _words, _words));
        _stack[top] = smallerLeft ? rightChild : leftChild;
        _stack[top + 1] = smallerLeft ? leftChild : rightChild;
    }

    // Stable, so that rows stay in ascending order and a column is read forwards; without a branch to mispredict. Adding one
    // turns the missing bin (255) into 0, which is never above the cut.
    private int Partition(Span<ulong> samples, byte[] bins, int cut, bool missingLeft)
    {
        var shift = missingLeft ? 1 : 0;
        int left = 0, right = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            var sample = samples[i];
            var isLeft = (byte)(bins[(uint)sample] + shift) <= cut + shift ? 1 : 0;
            samples[left] = sample;
            _scratch[right] = sample;
            left += isLeft;
            right += 1 - isLeft;
        }

        _scratch.AsSpan(0, right).CopyTo(samples[left..]);
        return left;
    }

    private int PartitionOutside(Span<int> rows, byte[] bins, int cut, bool missingLeft)
    {
        var shift = missingLeft ? 1 : 0;
        int left = 0, right = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            var isLeft = (byte)(bins[row] + shift) <= cut + shift ? 1 : 0;
            rows[left] = row;
            _outsideScratch[right] = row;
            left += isLeft;
            right += 1 - isLeft;
        }

        _outsideScratch.AsSpan(0, right).CopyTo(rows[left..]);
        return left;
    }

    private readonly record struct Node(int Index, int Start, int Count, int OutsideStart, int OutsideCount, int Depth);
}
