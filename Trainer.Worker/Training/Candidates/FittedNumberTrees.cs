using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;
using Analytics.Trainer.Worker.Training.Trees;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>Trees of ML.NET whose sum is the number.</summary>
internal sealed class FittedNumberTrees(MLContext context, ITransformer model, TreeEnsemble ensemble, string sizeParameters) : IFittedCandidate
{
    public long EstimatedBytes => ensemble.EstimatedBytes;

    public string SizeParameters => sizeParameters;

    public string AddTo(OnnxGraph graph, string features) => TreeEnsembleGraph.AddTo(graph, features, ensemble);

    public float[] Predict(FeatureMatrix features) =>
        [.. model.Transform(MlNetRows.View(context, features)).GetColumn<float>("Score")];
}
