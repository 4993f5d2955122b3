using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;
using Analytics.Trainer.Worker.Training.Trees;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.LightGbm;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>LightGBM's trees: a raw score for each class that had training rows, then softmax.</summary>
internal sealed class FittedBoosting : IFittedCandidate
{
    // For a class without training rows: so low that its probability is 0 in float32, whatever the others' scores.
    private const float Never = -1e4f;

    private readonly MLContext _context;
    private readonly MulticlassPredictionTransformer<OneVersusAllModelParameters> _model;
    private readonly int[] _present;
    private readonly TreeEnsemble _ensemble;

    public FittedBoosting(
        MLContext context, MulticlassPredictionTransformer<OneVersusAllModelParameters> model, int[] present, int classCount)
    {
        _context = context;
        _model = model;
        _present = present;
        var baseValues = new float[classCount];
        Array.Fill(baseValues, Never);
        var trees = new List<DecisionTree>();
        foreach (var (boosted, target) in SubModels(model.Model).Select(Uncalibrated).Zip(present))
        {
            var ensemble = boosted.TrainedTreeEnsemble;
            baseValues[target] = (float)ensemble.Bias;
            trees.AddRange(ensemble.Trees.Select((t, i) => MlNetTrees.Convert(t, target, leaf => leaf * ensemble.TreeWeights[i])));
        }

        _ensemble = new TreeEnsemble(classCount, baseValues, trees);
    }

    public long EstimatedBytes => _ensemble.EstimatedBytes;

    public string SizeParameters => "'iterations' or 'leaves'";

    public string AddTo(OnnxGraph graph, string features) => graph.AddNode(
        "Softmax", [TreeEnsembleGraph.AddTo(graph, features, _ensemble)], OnnxAttribute.Of("axis", 1));

    public float[] Predict(FeatureMatrix features)
    {
        var probabilities = new float[features.RowCount * _ensemble.TargetCount];
        var row = 0;
        foreach (var scores in _model.Transform(MlNetRows.View(_context, features, classCount: _present.Length)).GetColumn<float[]>("Score"))
        {
            for (var k = 0; k < _present.Length; k++)
            {
                probabilities[(row * _ensemble.TargetCount) + _present[k]] = scores[k];
            }

            row++;
        }

        return probabilities;
    }

    // ML.NET wraps each class's trees into a calibrator that the softmax passes over.
    private static LightGbmBinaryModelParameters Uncalibrated(object model) => model switch
    {
        LightGbmBinaryModelParameters trees => trees,
        CalibratedModelParametersBase<LightGbmBinaryModelParameters, PlattCalibrator> calibrated => calibrated.SubModel,
        _ => throw new NotSupportedException($"Expected LightGBM's trees, found {model.GetType()}."),
    };

    // The trees of each class are there, but not public; ML.NET's only public way to them is its own ONNX export.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_SubModelParameters")]
    private static extern ImmutableArray<object> SubModels(OneVersusAllModelParameters model);
}
