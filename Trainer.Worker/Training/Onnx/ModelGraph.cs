using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Features;

namespace Analytics.Trainer.Worker.Training.Onnx;

/// <summary>The whole graph of a model: raw columns in, <c>label</c> and <c>probabilities</c> out, or <c>value</c> for a number.</summary>
public static class ModelGraph
{
    /// <summary>
    /// The model's bytes. Throws <see cref="InvalidInputException"/> before anything is built when the file would be larger than
    /// <paramref name="maxBytes"/>, or when a column has the name of an output.
    /// </summary>
    public static byte[] Build(FeatureEncoding encoding, IFittedCandidate candidate, SignatureOutput output, long maxBytes)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(output);
        if (candidate.EstimatedBytes > maxBytes)
        {
            throw TooLarge(candidate, candidate.EstimatedBytes, maxBytes);
        }

        CheckNames(encoding.InputColumns());
        var graph = new OnnxGraph();
        if (output.Classes is { } classes)
        {
            AddClasses(graph, encoding, candidate, classes);
        }
        else
        {
            graph.Reserve(OnnxScorer.ValueOutput);
            graph.AddNode("Identity", [candidate.AddTo(graph, FeatureGraph.AddTo(graph, encoding))], OnnxScorer.ValueOutput);
            graph.AddOutput(OnnxScorer.ValueOutput, 1);
        }

        var bytes = graph.ToBytes();
        return bytes.Length <= maxBytes ? bytes : throw TooLarge(candidate, bytes.Length, maxBytes);
    }

    private static void AddClasses(OnnxGraph graph, FeatureEncoding encoding, IFittedCandidate candidate, IReadOnlyList<string> classes)
    {
        graph.Reserve(OnnxScorer.LabelOutput);
        graph.Reserve(OnnxScorer.ProbabilitiesOutput);
        var features = FeatureGraph.AddTo(graph, encoding);
        graph.AddNode("Identity", [candidate.AddTo(graph, features)], OnnxScorer.ProbabilitiesOutput);

        // On a tie the class that stands first in the signature, as everywhere.
        var index = graph.AddNode(
            "ArgMax",
            [OnnxScorer.ProbabilitiesOutput],
            OnnxAttribute.Of("axis", 1),
            OnnxAttribute.Of("keepdims", 0),
            OnnxAttribute.Of("select_last_index", 0));
        graph.AddNode(
            "LabelEncoder",
            [index],
            OnnxScorer.LabelOutput,
            OnnxAttribute.Of("keys_int64s", Enumerable.Range(0, classes.Count).Select(i => (long)i)),
            OnnxAttribute.Of("values_strings", classes));
        graph.AddOutput(OnnxScorer.LabelOutput, width: null);
        graph.AddOutput(OnnxScorer.ProbabilitiesOutput, classes.Count);
    }

    private static void CheckNames(IReadOnlyList<InputColumn> inputs)
    {
        string[] taken = [OnnxScorer.LabelOutput, OnnxScorer.ProbabilitiesOutput, OnnxScorer.ValueOutput];
        if (inputs.FirstOrDefault(i => taken.Contains(i.Name)) is { } clash)
        {
            throw new InvalidInputException(
                $"The column '{clash.Name}' has the name of one of a model's outputs ({string.Join(", ", taken)}); rename it or leave it out (exclude).");
        }
    }

    private static InvalidInputException TooLarge(IFittedCandidate candidate, long bytes, long maxBytes) => new(
        FormattableString.Invariant($"The model would have {Megabytes(bytes):0.##} MB; the limit is {Megabytes(maxBytes):0.##} MB ")
        + $"(Training:MaxModelBytes). Lower {candidate.SizeParameters}, or raise the limit.");

    private static double Megabytes(long bytes) => bytes / (1024.0 * 1024.0);
}
