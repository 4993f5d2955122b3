using Analytics.Trainer.Worker.Training.Onnx;
using Onnx;

namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>
/// Writes a forest into a graph as one <c>TreeEnsembleClassifier</c> (classes) or <c>TreeEnsembleRegressor</c> (a number) of
/// ai.onnx.ml 3, with the learned directions of missing values, followed by a division by the number of trees.
/// </summary>
internal static class ForestNodes
{
    /// <summary>Adds the nodes after the features (float [N, features]); returns the probabilities [N, classes], or the number [N, 1].</summary>
    public static string AddTo(OnnxGraph graph, string features, RandomForest forest)
    {
        var votes = new Votes(forest);
        var sums = graph.NewName("sums");
        if (forest.Classes > 0)
        {
            graph.AddNode("TreeEnsembleClassifier", [features], [graph.NewName("index"), sums], [
                OnnxAttribute.Of("classlabels_int64s", Enumerable.Range(0, forest.Classes).Select(k => (long)k)),
                .. Attributes(forest, votes, "class"),
            ]);
        }
        else
        {
            graph.AddNode("TreeEnsembleRegressor", [features], [sums], [
                OnnxAttribute.Of("n_targets", 1L),
                OnnxAttribute.Of("aggregate_function", "SUM"),
                .. Attributes(forest, votes, "target"),
            ]);
        }

        // Shares are summed whole and divided once: a hundred leaves that say 1 then give 1 and not 0.99999934.
        return graph.AddNode("Div", [sums, graph.AddConstant("trees", (float)forest.Trees.Count)]);
    }

    private static AttributeProto[] Attributes(RandomForest forest, Votes votes, string prefix) =>
    [
        OnnxAttribute.Of("post_transform", "NONE"),
        OnnxAttribute.Of("nodes_treeids", Nodes(forest, (_, _, t) => (long)t)),
        OnnxAttribute.Of("nodes_nodeids", Nodes(forest, (_, node, _) => (long)node)),
        OnnxAttribute.Of("nodes_modes", Nodes(forest, (tree, node, _) => tree.Feature[node] < 0 ? "LEAF" : "BRANCH_LEQ")),
        OnnxAttribute.Of("nodes_featureids", Nodes(forest, (tree, node, _) => (long)Math.Max(0, tree.Feature[node]))),
        OnnxAttribute.Of("nodes_values", Nodes(forest, (tree, node, _) => tree.Threshold[node])),
        OnnxAttribute.Of("nodes_truenodeids", Nodes(forest, (tree, node, _) => tree.Feature[node] < 0 ? 0L : tree.Left[node])),
        OnnxAttribute.Of("nodes_falsenodeids", Nodes(forest, (tree, node, _) => tree.Feature[node] < 0 ? 0L : tree.Left[node] + 1)),
        OnnxAttribute.Of("nodes_missing_value_tracks_true", Nodes(forest, (tree, node, _) => tree.MissingLeft[node] ? 1L : 0L)),
        OnnxAttribute.Of($"{prefix}_treeids", votes.Trees),
        OnnxAttribute.Of($"{prefix}_nodeids", votes.Nodes),
        OnnxAttribute.Of($"{prefix}_ids", votes.Outputs),
        OnnxAttribute.Of($"{prefix}_weights", votes.Weights),
    ];

    private static IEnumerable<T> Nodes<T>(RandomForest forest, Func<Tree, int, int, T> value)
    {
        for (var t = 0; t < forest.Trees.Count; t++)
        {
            for (var node = 0; node < forest.Trees[t].Count; node++)
            {
                yield return value(forest.Trees[t], node, t);
            }
        }
    }

    /// <summary>The leaves' votes: a class's share in the leaf, or the leaf's mean.</summary>
    private sealed class Votes
    {
        public Votes(RandomForest forest)
        {
            for (var t = 0; t < forest.Trees.Count; t++)
            {
                for (var node = 0; node < forest.Trees[t].Count; node++)
                {
                    if (forest.Trees[t].Feature[node] < 0)
                    {
                        AddLeaf(forest, t, node);
                    }
                }
            }
        }

        public List<long> Trees { get; } = [];

        public List<long> Nodes { get; } = [];

        public List<long> Outputs { get; } = [];

        public List<float> Weights { get; } = [];

        private void AddLeaf(RandomForest forest, int t, int node)
        {
            var tree = forest.Trees[t];
            var said = 0;
            for (var e = tree.Left[node]; e < tree.Left[node] + tree.LeafCount[node]; e++)
            {
                said |= 1 << tree.LeafClass[e];
                Add(t, node, tree.LeafClass[e], tree.LeafValue[e]);
            }

            // With two classes ONNX Runtime takes a row that no leaf gave a second score for a margin, not a share: each leaf
            // says both.
            for (var k = 0; forest.Classes == 2 && k < 2; k++)
            {
                if ((said >> k & 1) == 0)
                {
                    Add(t, node, k, 0);
                }
            }
        }

        private void Add(int tree, int node, int output, float weight)
        {
            Trees.Add(tree);
            Nodes.Add(node);
            Outputs.Add(output);
            Weights.Add(weight);
        }
    }
}
