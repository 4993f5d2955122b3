using Analytics.Trainer.Worker.Training.Onnx;

namespace Analytics.Trainer.Worker.Training.Trees;

/// <summary>Writes a <see cref="TreeEnsemble"/> as one <c>TreeEnsembleRegressor</c> (ai.onnx.ml 3) with an output per target.</summary>
public static class TreeEnsembleGraph
{
    /// <summary>Adds the ensemble; returns the name of the sums, float [N, targets].</summary>
    public static string AddTo(OnnxGraph graph, string features, TreeEnsemble ensemble)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(ensemble);
        var nodes = new Nodes();
        var leaves = new Leaves();
        // ONNX Runtime leaves out the base value of a target that no leaf adds to: such a target gets a leaf of nothing.
        var bare = Enumerable.Range(0, ensemble.TargetCount)
            .Except(ensemble.Trees.Select(t => t.Target))
            .Select(target => new DecisionTree(target, [], [], [], [], [0]));
        var treeId = 0;
        foreach (var tree in ensemble.Trees.Concat(bare))
        {
            Add(nodes, leaves, treeId++, tree);
        }

        return graph.AddNode(
            "TreeEnsembleRegressor",
            [features],
            OnnxAttribute.Of("n_targets", ensemble.TargetCount),
            OnnxAttribute.Of("aggregate_function", "SUM"),
            OnnxAttribute.Of("post_transform", "NONE"),
            OnnxAttribute.Of("base_values", ensemble.BaseValues),
            OnnxAttribute.Of("nodes_treeids", nodes.Tree),
            OnnxAttribute.Of("nodes_nodeids", nodes.Id),
            OnnxAttribute.Of("nodes_modes", nodes.Mode),
            OnnxAttribute.Of("nodes_featureids", nodes.Feature),
            OnnxAttribute.Of("nodes_values", nodes.Threshold),
            OnnxAttribute.Of("nodes_truenodeids", nodes.True),
            OnnxAttribute.Of("nodes_falsenodeids", nodes.False),
            OnnxAttribute.Of("target_treeids", leaves.Tree),
            OnnxAttribute.Of("target_nodeids", leaves.Id),
            OnnxAttribute.Of("target_ids", leaves.Target),
            OnnxAttribute.Of("target_weights", leaves.Value));
    }

    // In ONNX leaves are nodes: leaf i of a tree gets the id after all its nodes.
    private static void Add(Nodes nodes, Leaves leaves, int treeId, DecisionTree tree)
    {
        long IdOf(int child) => child >= 0 ? child : tree.Feature.Length + ~child;
        for (var n = 0; n < tree.Feature.Length; n++)
        {
            nodes.Add(treeId, n, "BRANCH_LEQ", tree.Feature[n], tree.Threshold[n], IdOf(tree.Left[n]), IdOf(tree.Right[n]));
        }

        for (var l = 0; l < tree.Leaves.Length; l++)
        {
            var id = tree.Feature.Length + l;
            nodes.Add(treeId, id, "LEAF", 0, 0, 0, 0);
            leaves.Add(treeId, id, tree.Target, tree.Leaves[l]);
        }
    }

    private sealed class Nodes
    {
        public List<long> Tree { get; } = [];

        public List<long> Id { get; } = [];

        public List<string> Mode { get; } = [];

        public List<long> Feature { get; } = [];

        public List<float> Threshold { get; } = [];

        public List<long> True { get; } = [];

        public List<long> False { get; } = [];

        public void Add(long tree, long id, string mode, long feature, float threshold, long whenTrue, long whenFalse)
        {
            Tree.Add(tree);
            Id.Add(id);
            Mode.Add(mode);
            Feature.Add(feature);
            Threshold.Add(threshold);
            True.Add(whenTrue);
            False.Add(whenFalse);
        }
    }

    private sealed class Leaves
    {
        public List<long> Tree { get; } = [];

        public List<long> Id { get; } = [];

        public List<long> Target { get; } = [];

        public List<float> Value { get; } = [];

        public void Add(long tree, long id, long target, float value)
        {
            Tree.Add(tree);
            Id.Add(id);
            Target.Add(target);
            Value.Add(value);
        }
    }
}
