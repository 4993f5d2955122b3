using System.Collections.Frozen;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Onnx;

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
    public static ForestGraph Read(ModelProto model, Signature signature)
    {
        var producers = model.Graph.Node
            .SelectMany(n => n.Output.Select(o => (Output: o, Node: n)))
            .ToDictionary(p => p.Output, p => p.Node, StringComparer.Ordinal);
        var output = signature.Output.Kind == OutputKind.Classes ? OnnxScorer.ProbabilitiesOutput : OnnxScorer.ValueOutput;
        var ensembleNode = FindEnsemble(model.Graph, producers, output);
        var ensemble = TreeEnsembleReader.Read(ensembleNode);
        var features = ReadFeatures(ensembleNode.Input[0], producers, signature);
        return ensemble.MaxFeature < features.Count
            ? new ForestGraph(ensemble, features)
            : throw new NotSupportedException($"the trees test feature {ensemble.MaxFeature}; the graph gives {features.Count}");
    }

    private static NodeProto FindEnsemble(GraphProto graph, Dictionary<string, NodeProto> producers, string output)
    {
        // A graph from elsewhere may name its outputs otherwise: then the scores of its only ensemble must leave it.
        var ensembles = graph.Node.Where(TreeEnsembleReader.IsEnsemble).ToList();
        var name = graph.Output.Any(o => o.Name == output) || ensembles.Count != 1
            ? output
            : graph.Output.Select(o => o.Name).FirstOrDefault(o => o == ensembles[0].Output[^1]);
        while (name is not null && producers.TryGetValue(name, out var node))
        {
            if (TreeEnsembleReader.IsEnsemble(node))
            {
                return node.OpType == "TreeEnsembleClassifier" && name != node.Output[1]
                    ? throw new NotSupportedException($"'{output}' is the ensemble's label")
                    : node;
            }

            name = node.OpType is "Identity" ? node.Input[0] : throw new NotSupportedException($"a {node.OpType} behind the trees");
        }

        throw new NotSupportedException($"no tree ensemble gives '{output}'");
    }

    private static List<ForestFeature> ReadFeatures(string name, Dictionary<string, NodeProto> producers, Signature signature)
    {
        if (!producers.TryGetValue(name, out var node))
        {
            var column = IndexOf(signature, name);
            return column >= 0 && signature.Inputs.Count == 1
                ? [new ForestFeature(column, null, 0, 0)]
                : signature.Inputs.All(i => i.Type == ColumnType.Number)
                    ? [.. signature.Inputs.Select((_, c) => new ForestFeature(c, null, 0, 0))]
                    : throw new NotSupportedException("one matrix as input, but text columns in the signature");
        }

        return node.OpType switch
        {
            // The trainer joins the numbers first and the encoded texts to them.
            "Concat" => [.. node.Input.SelectMany(i => IsConcat(i) ? ReadFeatures(i, producers, signature) : [ReadColumn(i, producers, signature)])],
            _ => [ReadColumn(name, producers, signature)],
        };

        bool IsConcat(string input) => producers.TryGetValue(input, out var producer) && producer.OpType == "Concat";
    }

    private static ForestFeature ReadColumn(string name, Dictionary<string, NodeProto> producers, Signature signature)
    {
        if (!producers.TryGetValue(name, out var node))
        {
            var column = IndexOf(signature, name);
            return column >= 0 && signature.Inputs[column].Type == ColumnType.Number
                ? new ForestFeature(column, null, 0, 0)
                : throw new NotSupportedException($"input '{name}' is no number column of the signature");
        }

        var text = node.OpType == "LabelEncoder" ? IndexOf(signature, node.Input[0]) : -1;
        if (text < 0 || signature.Inputs[text].Type != ColumnType.Text)
        {
            throw new NotSupportedException($"a {node.OpType} in front of the trees");
        }

        var attributes = node.Attribute.ToDictionary(a => a.Name, StringComparer.Ordinal);
        if (!attributes.TryGetValue("keys_strings", out var keys) || !attributes.TryGetValue("values_floats", out var values))
        {
            throw new NotSupportedException("a LabelEncoder that does not turn text into floats");
        }

        var codes = keys.Strings.Select((k, i) => (Key: k.ToStringUtf8(), Code: values.Floats[i]))
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
