using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>A logistic regression: <c>Scaler</c>, <c>Gemm</c>, <c>Softmax</c>.</summary>
internal sealed class FittedLinearClasses(
    MLContext context,
    ITransformer model,
    FeatureScale scale,
    IReadOnlyList<float[]> weights,
    float[] biases,
    int[] present,
    int classCount) : IFittedCandidate
{
    // For a class without training rows: so low that its probability is 0 in float32.
    private const float Never = -1e4f;

    public long EstimatedBytes => 1024 + (4L * (scale.Offset.Length + 1) * (classCount + 2));

    public string SizeParameters => "the number of columns";

    public string AddTo(OnnxGraph graph, string features)
    {
        var (matrix, bias) = (new float[scale.Offset.Length * classCount], new float[classCount]);
        Array.Fill(bias, Never);
        for (var i = 0; i < present.Length; i++)
        {
            bias[present[i]] = biases[i];
            for (var f = 0; f < scale.Offset.Length; f++)
            {
                matrix[(f * classCount) + present[i]] = weights[i][f];
            }
        }

        var scores = LinearNodes.AddTo(graph, scale.AddTo(graph, features), matrix, bias);
        return graph.AddNode("Softmax", [scores], OnnxAttribute.Of("axis", 1));
    }

    public float[] Predict(FeatureMatrix features)
    {
        var probabilities = new float[features.RowCount * classCount];
        var row = 0;
        var view = MlNetRows.View(context, scale.Apply(features), classCount: present.Length);
        foreach (var scores in model.Transform(view).GetColumn<float[]>("Score"))
        {
            for (var k = 0; k < present.Length; k++)
            {
                probabilities[(row * classCount) + present[k]] = scores[k];
            }

            row++;
        }

        return probabilities;
    }
}

/// <summary>A linear regression on standardised features: <c>Scaler</c> and <c>Gemm</c>.</summary>
internal sealed class FittedLinearNumber(FeatureScale scale, float[] weights, float bias) : IFittedCandidate
{
    public long EstimatedBytes => 1024 + (4L * 3 * (scale.Offset.Length + 1));

    public string SizeParameters => "the number of columns";

    public string AddTo(OnnxGraph graph, string features) => LinearNodes.AddTo(graph, scale.AddTo(graph, features), weights, [bias]);

    public float[] Predict(FeatureMatrix features)
    {
        var scaled = scale.Apply(features);
        var sums = new double[features.RowCount];
        Array.Fill(sums, bias);
        for (var f = 0; f < weights.Length; f++)
        {
            var column = scaled.Columns[f];
            for (var row = 0; row < sums.Length; row++)
            {
                sums[row] += column[row] * (double)weights[f];
            }
        }

        return Array.ConvertAll(sums, v => (float)v);
    }
}

/// <summary>The nodes of a linear map.</summary>
internal static class LinearNodes
{
    /// <summary>Adds features [N, F] × weights [F, K] + biases [K]; returns the result's name.</summary>
    public static string AddTo(OnnxGraph graph, string features, float[] weights, float[] biases) => graph.AddNode(
        "Gemm",
        [
            features,
            graph.AddConstant("weights", weights, weights.Length / biases.Length, biases.Length),
            graph.AddConstant("biases", biases, biases.Length),
        ]);
}
