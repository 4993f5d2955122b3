using Onnx;

namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// Reads a <c>TreeEnsembleClassifier</c> or <c>TreeEnsembleRegressor</c> node (ai.onnx.ml, versions 1 and 3: the attributes are
/// described in ONNX's Operators-ml.md). Throws <see cref="NotSupportedException"/> with the reason for what it does not read;
/// ONNX Runtime serves those graphs.
/// </summary>
internal static class TreeEnsembleReader
{
    public static bool IsEnsemble(NodeProto node) =>
        node.Domain == "ai.onnx.ml" && node.OpType is "TreeEnsembleClassifier" or "TreeEnsembleRegressor";

    public static TreeEnsemble Read(NodeProto node)
    {
        var attributes = node.Attribute.ToDictionary(a => a.Name, StringComparer.Ordinal);
        if (attributes.Keys.FirstOrDefault(k => k.EndsWith("_as_tensor", StringComparison.Ordinal)) is { } wide)
        {
            throw new NotSupportedException($"attribute '{wide}' (double precision)");
        }

        var classifier = node.OpType == "TreeEnsembleClassifier";
        var prefix = classifier ? "class" : "target";
        var (index, roots) = IndexNodes(Ints("nodes_treeids"), Ints("nodes_nodeids"), Ints("nodes_truenodeids"), Ints("nodes_falsenodeids"), Modes());
        var tree = ReadNodes(index, roots);
        var votes = new List<(int, float)>?[tree.Feature.Length];
        var ids = Ints($"{prefix}_ids");
        var weights = Floats($"{prefix}_weights");
        for (var i = 0; i < ids.Count; i++)
        {
            var leaf = index[(Ints($"{prefix}_treeids")[i], Ints($"{prefix}_nodeids")[i])];
            (votes[leaf] ??= []).Add(((int)ids[i], weights[i]));
        }

        var outputs = classifier
            ? Math.Max(Strings("classlabels_strings"), Ints("classlabels_int64s").Count)
            : (int)(attributes.TryGetValue("n_targets", out var targets) ? targets.I : 1);
        var transform = Transform();
        var baseValues = Floats("base_values").ToArray();
        // Two classes whose leaves all vote for the same one share a sum, as in gradient boosting.
        if (classifier && outputs == 2 && ids.Distinct().Count() == 1)
        {
            outputs = 1;
            foreach (var list in votes)
            {
                for (var v = 0; v < (list?.Count ?? 0); v++)
                {
                    list![v] = (0, list[v].Item2);
                }
            }

            baseValues = baseValues.Length == 0 ? [] : [baseValues[^1]];
            transform = transform switch
            {
                ForestTransform.Logistic => ForestTransform.LogisticPair,
                ForestTransform.None when weights.All(w => w >= 0) => ForestTransform.Complement,
                _ => throw new NotSupportedException($"two classes with one sum and {transform}"),
            };
        }
        else if (baseValues.Length != 0 && baseValues.Length != outputs)
        {
            throw new NotSupportedException($"{baseValues.Length} base values for {outputs} outputs");
        }

        return tree with
        {
            Votes = [.. votes.Select(v => v?.ToArray())],
            Outputs = outputs,
            BaseValues = baseValues,
            Transform = transform,
        };

        IList<long> Ints(string name) => attributes.TryGetValue(name, out var a) ? a.Ints : [];
        IList<float> Floats(string name) => attributes.TryGetValue(name, out var a) ? a.Floats : [];
        int Strings(string name) => attributes.TryGetValue(name, out var a) ? a.Strings.Count : 0;
        string[] Modes() => [.. attributes["nodes_modes"].Strings.Select(s => s.ToStringUtf8())];
        ForestTransform Transform() => (attributes.TryGetValue("post_transform", out var a) ? a.S.ToStringUtf8() : "NONE") switch
        {
            "NONE" => ForestTransform.None,
            "LOGISTIC" => ForestTransform.Logistic,
            "SOFTMAX" => ForestTransform.Softmax,
            var other => throw new NotSupportedException($"post_transform {other}"),
        };

        TreeEnsemble ReadNodes(Dictionary<(long, long), int> nodes, int[] treeRoots)
        {
            var modes = Modes();
            var features = Ints("nodes_featureids");
            var values = Floats("nodes_values");
            var treeIds = Ints("nodes_treeids");
            var whenTrue = Ints("nodes_truenodeids");
            var whenFalse = Ints("nodes_falsenodeids");
            var missing = Ints("nodes_missing_value_tracks_true");
            var count = modes.Length;
            var result = new TreeEnsemble
            {
                Roots = treeRoots,
                Feature = new int[count],
                Threshold = new float[count],
                Left = new int[count],
                Right = new int[count],
                MissingLeft = new bool[count],
                Votes = [],
                Outputs = 0,
                BaseValues = [],
                Transform = ForestTransform.None,
            };
            for (var i = 0; i < count; i++)
            {
                if (modes[i] == "LEAF")
                {
                    result.Feature[i] = -1;
                    continue;
                }

                // x < t is x <= the float before t; the other two are these with the children exchanged.
                var (threshold, swap) = modes[i] switch
                {
                    "BRANCH_LEQ" => (values[i], false),
                    "BRANCH_LT" => (MathF.BitDecrement(values[i]), false),
                    "BRANCH_GT" => (values[i], true),
                    "BRANCH_GTE" => (MathF.BitDecrement(values[i]), true),
                    var other => throw new NotSupportedException($"node mode {other}"),
                };
                var (first, second) = (nodes[(treeIds[i], whenTrue[i])], nodes[(treeIds[i], whenFalse[i])]);
                var missingTrue = missing.Count > 0 && missing[i] != 0;
                result.Feature[i] = (int)features[i];
                result.Threshold[i] = threshold;
                result.Left[i] = swap ? second : first;
                result.Right[i] = swap ? first : second;
                result.MissingLeft[i] = missingTrue != swap;
            }

            return result;
        }
    }

    private static (Dictionary<(long, long), int> Index, int[] Roots) IndexNodes(
        IList<long> trees, IList<long> ids, IList<long> whenTrue, IList<long> whenFalse, string[] modes)
    {
        var index = new Dictionary<(long, long), int>(ids.Count);
        for (var i = 0; i < ids.Count; i++)
        {
            index.Add((trees[i], ids[i]), i);
        }

        var child = new bool[ids.Count];
        for (var i = 0; i < ids.Count; i++)
        {
            if (modes[i] != "LEAF")
            {
                child[index[(trees[i], whenTrue[i])]] = true;
                child[index[(trees[i], whenFalse[i])]] = true;
            }
        }

        return (index, [.. Enumerable.Range(0, ids.Count).Where(i => !child[i])]);
    }
}
