using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;
using Analytics.Trainer.Worker.Training.Trees;
using Microsoft.ML.Data;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>A forest per class that had training rows; the other classes get no votes.</summary>
internal sealed class FittedForest : IFittedCandidate
{
    private readonly IReadOnlyList<ClassForest> _forests;
    private readonly TreeEnsemble _ensemble;

    public FittedForest(IReadOnlyList<ClassForest> forests, int classCount)
    {
        _forests = forests;
        _ensemble = new TreeEnsemble(
            classCount,
            new float[classCount],
            [.. forests.SelectMany(Convert)]);
    }

    public long EstimatedBytes => _ensemble.EstimatedBytes;

    public string SizeParameters => "'trees' or 'leaves'";

    public string AddTo(OnnxGraph graph, string features) =>
        VoteShares.AddTo(graph, TreeEnsembleGraph.AddTo(graph, features, _ensemble));

    public float[] Predict(FeatureMatrix features)
    {
        var shares = new double[features.RowCount * _ensemble.TargetCount];
        foreach (var forest in _forests)
        {
            var trees = forest.Model.Model.TrainedTreeEnsemble.Trees.Count;
            var scored = forest.Model.Transform(MlNetRows.View(forest.Context, features));
            var row = 0;
            // ML.NET's score is the sum over the trees.
            foreach (var score in scored.GetColumn<float>("Score"))
            {
                shares[(row++ * _ensemble.TargetCount) + forest.Class] = trees == 0 ? forest.Prior : Share(score / (double)trees);
            }
        }

        return VoteShares.Normalise(shares, _ensemble.TargetCount);
    }

    private static IEnumerable<DecisionTree> Convert(ClassForest forest)
    {
        var trees = forest.Model.Model.TrainedTreeEnsemble.Trees;
        return trees.Count == 0
            ? [new DecisionTree(forest.Class, [], [], [], [], [(float)forest.Prior])]
            : trees.Select(t => MlNetTrees.Convert(t, forest.Class, leaf => Share(leaf) / trees.Count));
    }

    // From the mean of +1 and -1 to the share of +1.
    private static double Share(double mean) => (mean + 1) / 2;
}
