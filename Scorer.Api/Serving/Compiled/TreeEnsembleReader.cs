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
    private readonly LoadArray<int> _trees;
    private readonly OnnxTexts _modes;

    private TreeEnsembleReader(OnnxNode node, LoadArena arena)
    {
        (_node, _arena) = (node, arena);
        _trees = Ints("nodes_treeids");
        _modes = node.Attributes["nodes_modes"].Strings;
        _index = new NodeIndex(_trees, Ints("nodes_nodeids"));
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
        var baseValues = Floats("base_values").AsSpan().ToArray();
        // Two classes whose leaves all vote for the same one share a sum, as in gradient boosting.
        if (classifier && outputs == 2 && ids.Length > 0 && !ids.AsSpan().ContainsAnyExcept(ids[0]))
        {
            outputs = 1;
            ids.AsSpan().Clear();
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

        var (votes, voteStart) = ReadVotes(prefix, ids);
        return ReadNodes() with
        {
            Votes = votes,
            VoteStart = voteStart,
            Outputs = outputs,
            BaseValues = baseValues,
            Transform = transform,
        };
    }

    private TreeEnsemble ReadNodes()
    {
        var features = Ints("nodes_featureids");
        var values = Floats("nodes_values");
        var whenTrue = Ints("nodes_truenodeids");
        var whenFalse = Ints("nodes_falsenodeids");
        var missing = Ints("nodes_missing_value_tracks_true");
        var count = _modes.Count;
        var (left, right, feature) = (_arena.Take<int>(count), _arena.Take<int>(count), _arena.Take<int>(count));
        var threshold = _arena.Take<float>(count);
        var (missingLeft, child) = (_arena.Take<bool>(count), _arena.Take<bool>(count));
        var maxFeature = -1;
        for (var i = 0; i < count; i++)
        {
            LoadThread.Breathe(i);
            if (_modes[i] == "LEAF")
            {
                feature[i] = -1;
                continue;
            }

            // x < t is x <= the float before t; the other two are these with the children exchanged.
            (threshold[i], var swap) = _modes[i] switch
            {
                "BRANCH_LEQ" => (values[i], false),
                "BRANCH_LT" => (MathF.BitDecrement(values[i]), false),
                "BRANCH_GT" => (values[i], true),
                "BRANCH_GTE" => (MathF.BitDecrement(values[i]), true),
                var other => throw new NotSupportedException($"node mode {other}"),
            };
            var (first, second) = (_index[_trees[i], whenTrue[i]], _index[_trees[i], whenFalse[i]]);
            feature[i] = features[i];
            maxFeature = Math.Max(maxFeature, features[i]);
            (left[i], right[i]) = swap ? (second, first) : (first, second);
            missingLeft[i] = (missing.Length > 0 && missing[i] != 0) != swap;
            (child[first], child[second]) = (true, true);
        }

        return new TreeEnsemble
        {
            Roots = [.. Enumerable.Range(0, count).Where(i => !child[i])],
            Feature = feature,
            Threshold = threshold,
            Left = left,
            Right = right,
            MissingLeft = missingLeft,
            MaxFeature = maxFeature,
            Votes = default,
            VoteStart = default,
            Outputs = 0,
            BaseValues = [],
            Transform = ForestTransform.None,
        };
    }

    // By leaf; the votes of one leaf in the order of the attributes.
    private (LoadArray<Vote> Votes, LoadArray<int> Start) ReadVotes(string prefix, LoadArray<int> ids)
    {
        var weights = Floats($"{prefix}_weights");
        var trees = Ints($"{prefix}_treeids");
        var nodes = Ints($"{prefix}_nodeids");
        var start = _arena.Take<int>(_modes.Count + 1);
        for (var i = 0; i < ids.Length; i++)
        {
            LoadThread.Breathe(i);
            start[_index[trees[i], nodes[i]] + 1]++;
        }

        for (var i = 0; i < _modes.Count; i++)
        {
            start[i + 1] += start[i];
        }

        var votes = _arena.Take<Vote>(ids.Length);
        for (var i = ids.Length - 1; i >= 0; i--)
        {
            LoadThread.Breathe(i);
            // Filled from each leaf's end: what is left of the count below the end is where the next one goes.
            votes[--start[_index[trees[i], nodes[i]] + 1]] = new Vote(ids[i], weights[i]);
        }

        // Every end has become its leaf's start.
        start.AsSpan()[1..].CopyTo(start.AsSpan());
        start[_modes.Count] = votes.Length;
        return (votes, start);
    }

    private OnnxAttribute? Find(string name) => _node.Attributes.GetValueOrDefault(name);

    private LoadArray<int> Ints(string name) => Find(name)?.Ints ?? default;

    private LoadArray<float> Floats(string name) => Find(name)?.Floats ?? default;

    private static bool HasNegative(LoadArray<float> weights)
    {
        foreach (var weight in weights.AsSpan())
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
}
