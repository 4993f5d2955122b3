using System.Collections.Frozen;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;

namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// A graph that is nothing but a tree ensemble over its inputs: either one float input [N, features] (as the converters for
/// scikit-learn and XGBoost write), or a <c>Concat</c> of columns [N, 1], text ones through a <c>LabelEncoder</c> (as the trainer
/// writes). Anything else is told as <see cref="NotSupportedException"/> with the reason, and is ONNX Runtime's to serve.
/// </summary>
/// <param name="Ensemble">The trees.</param>
/// <param name="Features">Where each feature of the trees comes from.</param>
internal sealed record ForestGraph(TreeEnsemble Ensemble, IReadOnlyList<ForestFeature> Features)
{
    /// <summary>Joins of joins that are followed: a graph from elsewhere may have a circle.</summary>
    private const int MaxJoins = 64;

    public static ForestGraph Read(ReadOnlySpan<byte> model, Signature signature, LoadArena arena)
    {
        var graph = OnnxGraph.Read(model, arena);
        var producers = graph.Nodes
            .SelectMany(n => n.Output.Select(o => (Output: o, Node: n)))
            .ToDictionary(p => p.Output, p => p.Node, StringComparer.Ordinal);
        var output = signature.Output.Kind == OutputKind.Classes ? OnnxScorer.ProbabilitiesOutput : OnnxScorer.ValueOutput;
        var (ensembleNode, divisor) = FindEnsemble(graph, producers, output);
        var ensemble = TreeEnsembleReader.Read(ensembleNode, arena) with { Divisor = divisor };
        var features = ReadFeatures(ensembleNode.Input[0], producers, signature);
        return ensemble.MaxFeature < features.Count
            ? new ForestGraph(ensemble, features)
            : throw new NotSupportedException($"the trees test feature {ensemble.MaxFeature}; the graph gives {features.Count}");
    }

    private static (OnnxNode Node, float Divisor) FindEnsemble(OnnxGraph graph, Dictionary<string, OnnxNode> producers, string output)
    {
        // A graph from elsewhere may name its outputs otherwise: then the scores of its only ensemble must leave it.
        var ensembles = graph.Nodes.Where(TreeEnsembleReader.IsEnsemble).ToList();
        var name = graph.Outputs.Contains(output) || ensembles.Count != 1
            ? output
            : graph.Outputs.FirstOrDefault(o => o == ensembles[0].Output[^1]);
        var divisor = 1f;
        // Bounded: a graph from elsewhere may have a circle.
        for (var steps = 0; steps <= graph.Nodes.Count && name is not null && producers.TryGetValue(name, out var node); steps++)
        {
            if (TreeEnsembleReader.IsEnsemble(node))
            {
                return node.OpType == "TreeEnsembleClassifier" && name != node.Output[1]
                    ? throw new NotSupportedException($"'{output}' is the ensemble's label")
                    : (node, divisor);
            }

            divisor *= node.OpType switch
            {
                "Identity" => 1,
                "Div" when graph.Scalars.TryGetValue(node.Input[1], out var constant) => constant,
                var other => throw new NotSupportedException($"a {other} behind the trees"),
            };
            name = node.Input[0];
        }

        throw new NotSupportedException($"no tree ensemble gives '{output}'");
    }

    private static List<ForestFeature> ReadFeatures(
        string name, Dictionary<string, OnnxNode> producers, Signature signature, int joins = 0)
    {
        if (!producers.TryGetValue(name, out var node))
        {
            var column = IndexOf(signature, name);
            return column >= 0 && signature.Inputs.Count == 1
                ? [new ForestFeature(column, null, 0, 0)]
                : signature.Inputs.All(i => i.Type.IsNumeric())
                    ? [.. signature.Inputs.Select((_, c) => new ForestFeature(c, null, 0, 0))]
                    : throw new NotSupportedException("one matrix as input, but text columns in the signature");
        }

        return node.OpType switch
        {
            // The trainer joins the numbers first and the encoded texts to them.
            "Concat" when joins == MaxJoins => throw new NotSupportedException($"more than {MaxJoins} joins in a row"),
            "Concat" => [.. node.Input.SelectMany(i => IsConcat(i) ? ReadFeatures(i, producers, signature, joins + 1) : [ReadColumn(i, producers, signature)])],
            _ => [ReadColumn(name, producers, signature)],
        };

        bool IsConcat(string input) => producers.TryGetValue(input, out var producer) && producer.OpType == "Concat";
    }

    private static ForestFeature ReadColumn(string name, Dictionary<string, OnnxNode> producers, Signature signature)
    {
        if (!producers.TryGetValue(name, out var node))
        {
            var column = IndexOf(signature, name);
            return column >= 0 && signature.Inputs[column].Type.IsNumeric()
                ? new ForestFeature(column, null, 0, 0)
                : throw new NotSupportedException($"input '{name}' is no number column of the signature");
        }

        var text = node.OpType == "LabelEncoder" ? IndexOf(signature, node.Input[0]) : -1;
        if (text < 0 || signature.Inputs[text].Type != ColumnType.Text)
        {
            throw new NotSupportedException($"a {node.OpType} in front of the trees");
        }

        var attributes = node.Attributes;
        if (!attributes.TryGetValue("keys_strings", out var keys) || !attributes.TryGetValue("values_floats", out var values))
        {
            throw new NotSupportedException("a LabelEncoder that does not turn text into floats");
        }

        var codes = Enumerable.Range(0, keys.Strings.Count).Select(i => (Key: keys.Strings[i], Code: values.Floats.AsSpan()[i]))
            .ToFrozenDictionary(p => p.Key, p => p.Code, StringComparer.Ordinal);
        var unseen = attributes.TryGetValue("default_float", out var other) ? other.F : -0f;
        return new ForestFeature(text, codes, codes.GetValueOrDefault("", unseen), unseen);
    }

    private static int IndexOf(Signature signature, string name)
    {
        for (var c = 0; c < signature.Inputs.Count; c++)
        {
            if (signature.Inputs[c].Name == name)
            {
                return c;
            }
        }

        return -1;
    }
}

/// <summary>Where a feature of the trees comes from.</summary>
/// <param name="Column">The signature's column.</param>
/// <param name="Codes">For a text column the code of each category; null for a number column.</param>
/// <param name="Missing">The code of the empty text.</param>
/// <param name="Unseen">The code of any other text.</param>
internal sealed record ForestFeature(int Column, FrozenDictionary<string, float>? Codes, float Missing, float Unseen);
