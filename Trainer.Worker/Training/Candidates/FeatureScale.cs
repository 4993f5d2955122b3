using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Onnx;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>Standardises features: less the mean, by the standard deviation; one that is constant becomes 0. As ONNX's <c>Scaler</c>.</summary>
/// <param name="Offset">The means.</param>
/// <param name="Scale">1 by the standard deviations.</param>
internal sealed record FeatureScale(float[] Offset, float[] Scale)
{
    public static FeatureScale Of(FeatureMatrix features)
    {
        var (offset, scale) = (new float[features.Columns.Count], new float[features.Columns.Count]);
        for (var f = 0; f < offset.Length; f++)
        {
            var column = features.Columns[f];
            var mean = column.Average(v => (double)v);
            var deviation = Math.Sqrt(column.Average(v => (v - mean) * (v - mean)));
            offset[f] = (float)mean;
            scale[f] = deviation > 1e-9 * Math.Abs(mean) ? (float)(1 / deviation) : 0;
            // A deviation so small that its inverse is none.
            scale[f] = float.IsFinite(scale[f]) ? scale[f] : 0;
        }

        return new FeatureScale(offset, scale);
    }

    public FeatureMatrix Apply(FeatureMatrix features) => features with
    {
        Columns = [.. features.Columns.Select((column, f) => Array.ConvertAll(column, v => (v - Offset[f]) * Scale[f]))],
    };

    public float[] Apply(float[] values) => Array.ConvertAll(values, v => (v - Offset[0]) * Scale[0]);

    public string AddTo(OnnxGraph graph, string features) => graph.AddNode(
        "Scaler", [features], OnnxAttribute.Of("offset", Offset), OnnxAttribute.Of("scale", Scale));
}
