namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// Reads a <c>TreeEnsembleClassifier</c> or <c>TreeEnsembleRegressor</c> node (ai.onnx.ml, versions 1 and 3: the attributes are
/// described in ONNX's Operators-ml.md). Throws <see cref="NotSupportedException"/> with the reason for what it does not read;
/// ONNX Runtime serves those graphs.
/// </summary>
internal sealed class TreeEnsembleReader
{
    private readonly OnnxNode _node;
    private readonly LoadArena _arena;
    private readonly NodeIndex _index;
    private readonly OnnxTexts _modes;

    private TreeEnsembleReader(OnnxNode node, LoadArena arena)
    {
        (_node, _arena) = (node, arena);
        _modes = node.Attributes["nodes_modes"].Strings;
        _index = new NodeIndex(Ints("nodes_treeids"), Ints("nodes_nodeids"));
    }

    public static bool IsEnsemble(OnnxNode node) =>
        node.Domain == "ai.onnx.ml" && node.OpType is "TreeEnsembleClassifier" or "TreeEnsembleRegressor";

    public static TreeEnsemble Read(OnnxNode node, LoadArena arena) =>
        node.Attributes.Keys.FirstOrDefault(k => k.EndsWith("_as_tensor", StringComparison.Ordinal)) is { } wide
            ? throw new NotSupportedException($"attribute '{wide}' (double precision)")
            : new TreeEnsembleReader(node, arena).Read();

    private TreeEnsemble Read()
    {
        var classifier = _node.OpType == "TreeEnsembleClassifier";
        var prefix = classifier ? "class" : "target";
        var ids = Ints($"{prefix}_ids");
        var outputs = classifier
            ? Math.Max(Find("classlabels_strings")?.Strings.Count ?? 0, Ints("classlabels_int64s").Length)
            : (int)(Find("n_targets")?.I ?? 1);
        var transform = Transform();
        var baseValues = Floats("base_values").ToArray();
        // Two classes whose leaves all vote for the same one share a sum, as in gradient boosting.
        if (classifier && outputs == 2 && ids.Length > 0 && !ids.ContainsAnyExcept(ids[0]))
        {
            outputs = 1;
            ids.Clear();
            baseValues = baseValues.Length == 0 ? [] : [baseValues[^1]];
            transform = transform switch
            {
                ForestTransform.Logistic => ForestTransform.LogisticPair,
                ForestTransform.None when !HasNegative(Floats($"{prefix}_weights")) => ForestTransform.Complement,
                _ => throw new NotSupportedException($"two classes with one sum and {transform}"),
            };
        }
        else if (baseValues.Length != 0 && baseValues.Length != outputs)
        {
            throw new NotSupportedException($"{baseValues.Length} base values for {outputs} outputs");
        }

        var votes = ReadVotes(prefix, ids);
        return ReadNodes() with
        {
            VoteOutput = votes.Output,
            VoteWeight = votes.Weight,
            VoteStart = votes.Start,
            Outputs = outputs,
            BaseValues = baseValues,
            Transform = transform,
        };
    }

    private TreeEnsemble ReadNodes()
    {
        var trees = Ints("nodes_treeids");
        var features = Ints("nodes_featureids");
        var values = Floats("nodes_values");
        var whenTrue = Ints("nodes_truenodeids");
        var whenFalse = Ints("nodes_falsenodeids");
        var missing = Ints("nodes_missing_value_tracks_true");
        var count = _modes.Count;
        var modes = _modes.Different.Select(ReadMode).ToArray();
        var words = _modes.Words;
        var ensemble = new TreeEnsemble
        {
            Feature = _arena.Take<int>(count),
            Threshold = _arena.Take<float>(count),
            Left = _arena.Take<int>(count),
            Right = _arena.Take<int>(count),
            MissingLeft = _arena.Take<bool>(count),
        };
        var feature = ensemble.Feature.AsSpan();
        var threshold = ensemble.Threshold.AsSpan();
        var left = ensemble.Left.AsSpan();
        var right = ensemble.Right.AsSpan();
        var missingLeft = ensemble.MissingLeft.AsSpan();
        var child = _arena.Take<bool>(count).AsSpan();
        var maxFeature = -1;
        for (var i = 0; i < count; i++)
        {
            LoadThread.Breathe(i);
            var mode = modes[words[i]];
            if (mode == NodeMode.Leaf)
            {
                feature[i] = -1;
                continue;
            }

            // x < t is x <= the float before t; the other two are these with the children exchanged.
            threshold[i] = mode is NodeMode.LessOrEqual or NodeMode.Greater ? values[i] : MathF.BitDecrement(values[i]);
            var swap = mode is NodeMode.Greater or NodeMode.GreaterOrEqual;
            var first = _index[trees[i], whenTrue[i]];
            var second = _index[trees[i], whenFalse[i]];
            feature[i] = features[i];
            maxFeature = Math.Max(maxFeature, features[i]);
            left[i] = swap ? second : first;
            right[i] = swap ? first : second;
            missingLeft[i] = (missing.Length > 0 && missing[i] != 0) != swap;
            child[first] = true;
            child[second] = true;
        }

        var roots = new List<int>();
        for (var i = 0; i < count; i++)
        {
            if (!child[i])
            {
                roots.Add(i);
            }
        }

        return ensemble with { Roots = [.. roots], MaxFeature = maxFeature };
    }

    private static NodeMode ReadMode(string mode) => mode switch
    {
        "LEAF" => NodeMode.Leaf,
        "BRANCH_LEQ" => NodeMode.LessOrEqual,
        "BRANCH_LT" => NodeMode.Less,
        "BRANCH_GT" => NodeMode.Greater,
        "BRANCH_GTE" => NodeMode.GreaterOrEqual,
        _ => throw new NotSupportedException($"node mode {mode}"),
    };

    // By leaf; the votes of one leaf in the order of the attributes.
    private (LoadArray<int> Output, LoadArray<float> Weight, LoadArray<int> Start) ReadVotes(string prefix, ReadOnlySpan<int> ids)
    {
        var weights = Floats($"{prefix}_weights");
        var trees = Ints($"{prefix}_treeids");
        var nodes = Ints($"{prefix}_nodeids");
        var votes = (_arena.Take<int>(ids.Length), _arena.Take<float>(ids.Length), _arena.Take<int>(_modes.Count + 1));
        var output = votes.Item1.AsSpan();
        var weight = votes.Item2.AsSpan();
        var start = votes.Item3.AsSpan();
        for (var i = 0; i < ids.Length; i++)
        {
            LoadThread.Breathe(i);
            start[_index[trees[i], nodes[i]] + 1]++;
        }

        for (var i = 0; i < _modes.Count; i++)
        {
            start[i + 1] += start[i];
        }

        for (var i = ids.Length - 1; i >= 0; i--)
        {
            LoadThread.Breathe(i);
            // Filled from each leaf's end: what is left of the count below the end is where the next one goes.
            var place = --start[_index[trees[i], nodes[i]] + 1];
            output[place] = ids[i];
            weight[place] = weights[i];
        }

        // Every end has become its leaf's start.
        start[1..].CopyTo(start);
        start[_modes.Count] = ids.Length;
        return votes;
    }

    private OnnxAttribute? Find(string name) => _node.Attributes.GetValueOrDefault(name);

    private Span<int> Ints(string name) => Find(name) is { } found ? found.Ints.AsSpan() : [];

    private Span<float> Floats(string name) => Find(name) is { } found ? found.Floats.AsSpan() : [];

    private static bool HasNegative(ReadOnlySpan<float> weights)
    {
        foreach (var weight in weights)
        {
            // A NaN is not known not to be.
            if (!(weight >= 0))
            {
                return true;
            }
        }

        return false;
    }

    private ForestTransform Transform() => (Find("post_transform")?.S ?? "NONE") switch
    {
        "NONE" => ForestTransform.None,
        "LOGISTIC" => ForestTransform.Logistic,
        "SOFTMAX" => ForestTransform.Softmax,
        var other => throw new NotSupportedException($"post_transform {other}"),
    };

    private enum NodeMode
    {
        Leaf,
        LessOrEqual,
        Less,
        Greater,
        GreaterOrEqual,
    }
}
