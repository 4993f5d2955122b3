using Google.Protobuf;
using Onnx;
using static Onnx.AttributeProto.Types;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>
/// A forest as the converters of scikit-learn (skl2onnx, without ZipMap) and XGBoost (onnxmltools) write it: one float input
/// [N, columns], one ensemble, labels and scores as outputs.
/// </summary>
/// <param name="columns">The number of columns.</param>
/// <param name="mode">The comparison of a branch, such as <c>BRANCH_LEQ</c>.</param>
/// <param name="transform">The post-transform.</param>
internal sealed class ConvertedForest(int columns, string mode, string transform)
{
    private readonly List<(long Tree, long Node, string Mode, long Feature, float Value, long True, long False, long Missing)> _nodes = [];
    private readonly List<(long Tree, long Node, long Class, float Weight)> _votes = [];

    public string InputName { get; init; } = "X";

    public string LabelOutput { get; init; } = "output_label";

    public string ScoreOutput { get; init; } = "output_probability";

    public IReadOnlyList<string>? TextLabels { get; init; }

    public IReadOnlyList<long>? WholeLabels { get; init; }

    public IReadOnlyList<float>? BaseValues { get; init; }

    /// <summary>A <c>Scaler</c> in front, as a pipeline with a StandardScaler gives.</summary>
    public bool Scaled { get; init; }

    /// <summary>The order in which nodes and votes are written; as they were added by default. No converter is known that writes another.</summary>
    public Func<(long Tree, long Node), long>? Order { get; init; }

    private int Classes => TextLabels?.Count ?? WholeLabels!.Count;

    /// <summary>Adds a tree of one test with a leaf on each side.</summary>
    public ConvertedForest Stump(
        long feature, float threshold, bool missingTrue, (long Class, float Weight)[] whenTrue, (long Class, float Weight)[] whenFalse)
    {
        var tree = _nodes.Count / 3;
        _nodes.Add((tree, 0, mode, feature, threshold, 1, 2, missingTrue ? 1 : 0));
        _nodes.Add((tree, 1, "LEAF", 0, 0, 0, 0, 0));
        _nodes.Add((tree, 2, "LEAF", 0, 0, 0, 0, 0));
        _votes.AddRange(whenTrue.Select(v => ((long)tree, 1L, v.Class, v.Weight)));
        _votes.AddRange(whenFalse.Select(v => ((long)tree, 2L, v.Class, v.Weight)));
        return this;
    }

    public byte[] Graph()
    {
        var graph = new GraphProto { Name = "converted" };
        graph.Input.Add(Value(InputName, TensorProto.Types.DataType.Float, columns));
        graph.Output.Add(Value(
            LabelOutput, TextLabels is null ? TensorProto.Types.DataType.Int64 : TensorProto.Types.DataType.String, null));
        graph.Output.Add(Value(ScoreOutput, TensorProto.Types.DataType.Float, Classes));
        if (Scaled)
        {
            graph.Node.Add(Node("Scaler", [InputName], ["scaled"], [Floats("offset", [0]), Floats("scale", [2])]));
        }

        var nodes = Order is null ? _nodes : [.. _nodes.OrderBy(n => Order((n.Tree, n.Node)))];
        var votes = Order is null ? _votes : [.. _votes.OrderBy(v => Order((v.Tree, v.Node)))];
        List<AttributeProto> attributes =
        [
            TextLabels is not null ? Strings("classlabels_strings", TextLabels) : Ints("classlabels_int64s", WholeLabels!),
            new AttributeProto { Name = "post_transform", Type = AttributeType.String, S = ByteString.CopyFromUtf8(transform) },
            Ints("nodes_treeids", nodes.Select(n => n.Tree)),
            Ints("nodes_nodeids", nodes.Select(n => n.Node)),
            Strings("nodes_modes", nodes.Select(n => n.Mode)),
            Ints("nodes_featureids", nodes.Select(n => n.Feature)),
            Floats("nodes_values", nodes.Select(n => n.Value)),
            Ints("nodes_truenodeids", nodes.Select(n => n.True)),
            Ints("nodes_falsenodeids", nodes.Select(n => n.False)),
            Ints("nodes_missing_value_tracks_true", nodes.Select(n => n.Missing)),
            Ints("class_treeids", votes.Select(v => v.Tree)),
            Ints("class_nodeids", votes.Select(v => v.Node)),
            Ints("class_ids", votes.Select(v => v.Class)),
            Floats("class_weights", votes.Select(v => v.Weight)),
        ];
        if (BaseValues is not null)
        {
            attributes.Add(Floats("base_values", BaseValues));
        }

        graph.Node.Add(Node("TreeEnsembleClassifier", [Scaled ? "scaled" : InputName], [LabelOutput, ScoreOutput], attributes));
        var model = new ModelProto { IrVersion = 8, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 13 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 1 });
        return model.ToByteArray();
    }

    private static NodeProto Node(string type, string[] inputs, string[] outputs, IEnumerable<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = type, Name = type, Domain = "ai.onnx.ml" };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes);
        return node;
    }

    private static AttributeProto Ints(string name, IEnumerable<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    private static AttributeProto Floats(string name, IEnumerable<float> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Floats };
        attribute.Floats.AddRange(values);
        return attribute;
    }

    private static AttributeProto Strings(string name, IEnumerable<string> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Strings };
        attribute.Strings.AddRange(values.Select(ByteString.CopyFromUtf8));
        return attribute;
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, int? width)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "N" });
        if (width is { } columns)
        {
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = columns });
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }
}
