using Analytics.Trainer.Worker.Training.Features;
using Onnx;

namespace Analytics.Trainer.Worker.Training.Onnx;

/// <summary>Writes a <see cref="FeatureEncoding"/> into a graph: the inputs, one per column, and the nodes that make features of them.</summary>
public static class FeatureGraph
{
    /// <summary>Adds inputs and nodes; returns the name of the features, float [N, features].</summary>
    public static string AddTo(OnnxGraph graph, FeatureEncoding encoding)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(encoding);
        foreach (var column in encoding.Columns)
        {
            graph.AddInput(column.Name, column is not NumberEncoding);
        }

        var parts = new List<string>();
        if (encoding.Numbers.Count > 0)
        {
            AddNumbers(graph, encoding.Numbers, parts);
        }

        foreach (var text in encoding.Texts)
        {
            AddText(graph, text, parts);
        }

        parts.AddRange(encoding.OrderedTexts.Select(text => AddOrdered(graph, text)));
        return Concat(graph, parts);
    }

    // One operator for all columns rather than one each: a call of ONNX Runtime costs by the operator, not by the number.
    private static void AddNumbers(OnnxGraph graph, IReadOnlyList<NumberEncoding> numbers, List<string> parts)
    {
        var raw = Concat(graph, [.. numbers.Select(n => n.Name)]);
        parts.Add(!numbers.Any(n => n.Optional && !float.IsNaN(n.Median))
            ? raw
            : graph.AddNode(
                "Imputer",
                [raw],
                OnnxAttribute.Of("imputed_value_floats", numbers.Select(n => n.Median)),
                OnnxAttribute.Of("replaced_value_float", float.NaN)));

        var indicated = Enumerable.Range(0, numbers.Count).Where(i => numbers[i].Indicator).Select(i => (long)i).ToArray();
        if (indicated.Length > 0)
        {
            var chosen = graph.AddNode("Gather", [raw, graph.AddConstant("indicated", indicated)], OnnxAttribute.Of("axis", 1));
            var missing = graph.AddNode("IsNaN", [chosen]);
            parts.Add(graph.AddNode("Cast", [missing], OnnxAttribute.Of("to", (long)TensorProto.Types.DataType.Float)));
        }
    }

    // The empty text, which stands for missing, is one more category where there is an indicator; zeros = 1 lets any other
    // text be 0 everywhere.
    private static void AddText(OnnxGraph graph, TextEncoding text, List<string> parts)
    {
        var categories = text.Indicator ? [.. text.Categories, ""] : text.Categories;
        if (categories.Count == 0)
        {
            return;
        }

        var encoded = graph.AddNode(
            "OneHotEncoder", [text.Name], OnnxAttribute.Of("cats_strings", categories), OnnxAttribute.Of("zeros", 1));
        parts.Add(graph.AddNode("Flatten", [encoded], OnnxAttribute.Of("axis", 1)));
    }

    private static string AddOrdered(OnnxGraph graph, OrderedTextEncoding text) => graph.AddNode(
        "LabelEncoder",
        [text.Name],
        OnnxAttribute.Of("keys_strings", [.. text.Categories, ""]),
        OnnxAttribute.Of("values_floats", [.. text.Codes, float.NaN]),
        OnnxAttribute.Of("default_float", text.Unseen));

    private static string Concat(OnnxGraph graph, List<string> parts) =>
        parts.Count == 1 ? parts[0] : graph.AddNode("Concat", parts, OnnxAttribute.Of("axis", 1));
}
