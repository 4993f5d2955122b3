using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;

namespace Analytics.Trainer.Worker.Training.Forest;

/// <summary>A grown forest as a candidate.</summary>
internal sealed class FittedRandomForest(RandomForest forest, TrainingRows rows) : IFittedCandidate
{
    // In the packed attributes a node takes up to 30 bytes (its mode as text alone takes 12) and a leaf's vote 12.
    private const int BytesPerNode = 30;
    private const int BytesPerVote = 12;

    /// <summary>A forest of classes with its rows' labels.</summary>
    public FittedRandomForest(RandomForest forest, int[] labels)
        : this(forest, new TrainingRows(FeatureColumns.Of(), labels, forest.Classes))
    {
    }

    public FitReport Report => new(OutOfBagAccuracy(), forest.Importance, forest.PermutationImportance, OutOfBagRmse());

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
        for (var row = 0; row < rows.Labels.Length; row++)
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
            right += best == rows.Labels[row] ? 1 : 0;
        }

        return seen > 0 ? right / (double)seen : null;
    }

    private double? OutOfBagRmse()
    {
        var (seen, squares) = (0, 0.0);
        for (var row = 0; row < (rows.Numbers?.Length ?? 0); row++)
        {
            if (forest.OutOfBag.Trees(row) > 0)
            {
                var off = forest.OutOfBag.Mean(row) - rows.Numbers![row];
                squares += off * off;
                seen++;
            }
        }

        return seen > 0 ? Math.Sqrt(squares / seen) : null;
    }
}
