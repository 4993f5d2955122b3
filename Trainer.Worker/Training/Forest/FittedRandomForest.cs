using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;

namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>A grown forest that can write itself as one <c>TreeEnsembleClassifier</c> (ai.onnx.ml 3).</summary>
internal sealed class FittedRandomForest(RandomForest forest, int[] labels) : IFittedCandidate
{
    // In the packed attributes a node takes up to 30 bytes (its mode as text alone takes 12) and a leaf's vote 12.
    private const int BytesPerNode = 30;
    private const int BytesPerVote = 12;

    public FitReport Report => new(OutOfBagAccuracy(), forest.Importance, forest.PermutationImportance);

    public long EstimatedBytes =>
        forest.Trees.Sum(t => ((long)t.Count * BytesPerNode) + ((long)t.LeafClass.Length * BytesPerVote));

    public string SizeParameters => "'trees' or 'maxDepth', or raise 'minLeaf'";

    public string AddTo(OnnxGraph graph, string features)
    {
        var votes = new VoteWriter(forest);
        var scores = graph.NewName("scores");
        graph.AddNode(
            "TreeEnsembleClassifier",
            [features],
            [graph.NewName("index"), scores],
            [
                OnnxAttribute.Of("classlabels_int64s", Enumerable.Range(0, forest.Classes).Select(k => (long)k)),
                OnnxAttribute.Of("post_transform", "NONE"),
                OnnxAttribute.Of("nodes_treeids", Nodes((tree, _, t) => (long)t)),
                OnnxAttribute.Of("nodes_nodeids", Nodes((_, node, _) => (long)node)),
                OnnxAttribute.Of("nodes_modes", Nodes((tree, node, _) => tree.Feature[node] < 0 ? "LEAF" : "BRANCH_LEQ")),
                OnnxAttribute.Of("nodes_featureids", Nodes((tree, node, _) => (long)Math.Max(0, tree.Feature[node]))),
                OnnxAttribute.Of("nodes_values", Nodes((tree, node, _) => tree.Threshold[node])),
                OnnxAttribute.Of("nodes_truenodeids", Nodes((tree, node, _) => tree.Feature[node] < 0 ? 0L : tree.Left[node])),
                OnnxAttribute.Of("nodes_falsenodeids", Nodes((tree, node, _) => tree.Feature[node] < 0 ? 0L : tree.Left[node] + 1)),
                OnnxAttribute.Of("nodes_missing_value_tracks_true", Nodes((tree, node, _) => tree.MissingLeft[node] ? 1L : 0L)),
                OnnxAttribute.Of("class_treeids", votes.Trees),
                OnnxAttribute.Of("class_nodeids", votes.Nodes),
                OnnxAttribute.Of("class_ids", votes.Classes),
                OnnxAttribute.Of("class_weights", votes.Weights),
            ]);
        return scores;
    }

    public float[] Predict(FeatureMatrix features)
    {
        var output = new float[features.RowCount * forest.Width];
        Parallel.For(0, features.RowCount, () => new float[features.Columns.Count], (row, _, values) =>
        {
            features.CopyRow(row, values);
            forest.Predict(values, output.AsSpan(row * forest.Width, forest.Width));
            return values;
        }, _ => { });
        return output;
    }

    private double? OutOfBagAccuracy()
    {
        int seen = 0, right = 0;
        for (var row = 0; row < labels.Length; row++)
        {
            if (forest.OutOfBag.Trees(row) == 0)
            {
                continue;
            }

            var best = 0;
            for (var k = 1; k < forest.Classes; k++)
            {
                best = forest.OutOfBag.Probability(row, k) > forest.OutOfBag.Probability(row, best) ? k : best;
            }

            seen++;
            right += best == labels[row] ? 1 : 0;
        }

        return seen > 0 ? right / (double)seen : null;
    }

    private IEnumerable<T> Nodes<T>(Func<Tree, int, int, T> value)
    {
        for (var t = 0; t < forest.Trees.Count; t++)
        {
            for (var node = 0; node < forest.Trees[t].Count; node++)
            {
                yield return value(forest.Trees[t], node, t);
            }
        }
    }

    /// <summary>The leaves' votes: a class's share in the leaf, over the number of trees.</summary>
    private sealed class VoteWriter
    {
        public VoteWriter(RandomForest forest)
        {
            for (var t = 0; t < forest.Trees.Count; t++)
            {
                var tree = forest.Trees[t];
                for (var node = 0; node < tree.Count; node++)
                {
                    if (tree.Feature[node] >= 0)
                    {
                        continue;
                    }

                    var entries = Enumerable.Range(tree.Left[node], tree.LeafCount[node])
                        .Select(e => (Class: (int)tree.LeafClass[e], Weight: tree.LeafValue[e] / forest.Trees.Count)).ToList();
                    // With two classes ONNX Runtime takes a row that no leaf gave a second score for a margin, not a share:
                    // each leaf says both.
                    foreach (var silent in forest.Classes == 2 ? Enumerable.Range(0, 2).Except(entries.Select(e => e.Class)).ToList() : [])
                    {
                        entries.Add((silent, 0));
                    }

                    foreach (var (label, weight) in entries)
                    {
                        Trees.Add(t);
                        Nodes.Add(node);
                        Classes.Add(label);
                        Weights.Add(weight);
                    }
                }
            }
        }

        public List<long> Trees { get; } = [];

        public List<long> Nodes { get; } = [];

        public List<long> Classes { get; } = [];

        public List<float> Weights { get; } = [];
    }
}
