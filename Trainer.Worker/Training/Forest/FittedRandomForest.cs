using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;

namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>A grown forest of classes as a candidate.</summary>
internal sealed class FittedRandomForest(RandomForest forest, int[] labels) : IFittedCandidate
{
    // In the packed attributes a node takes up to 30 bytes (its mode as text alone takes 12) and a leaf's vote 12.
    private const int BytesPerNode = 30;
    private const int BytesPerVote = 12;

    public FitReport Report => new(OutOfBagAccuracy(), forest.Importance, forest.PermutationImportance);

    public long EstimatedBytes =>
        forest.Trees.Sum(t => ((long)t.Count * BytesPerNode) + ((long)t.LeafClass.Length * BytesPerVote));

    public string SizeParameters => "'trees' or 'maxDepth', or raise 'minLeaf'";

    public string AddTo(OnnxGraph graph, string features) => ForestNodes.AddTo(graph, features, forest);

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
}
