using Google.Protobuf;
using Onnx;

namespace Analytics.Trainer.Worker.Training.Onnx;

/// <summary>
/// Builds one self-contained ONNX model: IR 8, operators of <c>ai.onnx</c> 15 and <c>ai.onnx.ml</c> 3, no external data. The
/// first dimension of every input and output is the symbolic <c>N</c>. The same calls give the same bytes.
/// </summary>
public sealed class OnnxGraph
{
    /// <summary>The domain of the machine-learning operators.</summary>
    public const string MlDomain = "ai.onnx.ml";

    private const string Batch = "N";

    private readonly GraphProto _graph = new() { Name = "analytics" };
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Adds an input [N, 1]: float, or string for a text column.</summary>
    public void AddInput(string name, bool text)
    {
        Reserve(name);
        _graph.Input.Add(Value(name, text ? TensorProto.Types.DataType.String : TensorProto.Types.DataType.Float, 1));
    }

    /// <summary>Reserves the name of an output, so that nothing inside the graph takes it.</summary>
    public void Reserve(string name)
    {
        if (!_names.Add(name))
        {
            throw new ArgumentException($"The graph already has a value named '{name}'.", nameof(name));
        }
    }

    /// <summary>Declares a reserved name as an output: float [N, width], or string [N] where no width is given.</summary>
    public void AddOutput(string name, int? width) =>
        _graph.Output.Add(Value(name, width is null ? TensorProto.Types.DataType.String : TensorProto.Types.DataType.Float, width));

    /// <summary>A name that no other value has, beginning with <paramref name="stem"/>: column names may be anything.</summary>
    public string NewName(string stem)
    {
        var name = stem;
        for (var i = 2; !_names.Add(name); i++)
        {
            name = $"{stem}_{i}";
        }

        return name;
    }

    /// <summary>Adds a constant of whole numbers [length].</summary>
    public string AddConstant(string stem, long[] values)
    {
        var tensor = new TensorProto { Name = NewName(stem), DataType = (int)TensorProto.Types.DataType.Int64 };
        tensor.Dims.Add(values.Length);
        tensor.Int64Data.AddRange(values);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Adds a float constant without dimensions.</summary>
    public string AddConstant(string stem, float value)
    {
        var tensor = new TensorProto { Name = NewName(stem), DataType = (int)TensorProto.Types.DataType.Float };
        tensor.FloatData.Add(value);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Adds a float constant of the given dimensions, row after row.</summary>
    public string AddConstant(string stem, float[] values, params long[] dimensions)
    {
        var tensor = new TensorProto { Name = NewName(stem), DataType = (int)TensorProto.Types.DataType.Float };
        tensor.Dims.AddRange(dimensions);
        tensor.FloatData.AddRange(values);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Adds an operator and returns its output, a new name.</summary>
    public string AddNode(string operation, IEnumerable<string> inputs, params IEnumerable<AttributeProto> attributes)
    {
        var output = NewName(operation);
        AddNode(operation, inputs, [output], attributes);
        return output;
    }

    /// <summary>Adds an operator whose output has a reserved name.</summary>
    public void AddNode(string operation, IEnumerable<string> inputs, string output, params IEnumerable<AttributeProto> attributes) =>
        AddNode(operation, inputs, [output], attributes);

    /// <summary>Adds an operator with several outputs of new or reserved names.</summary>
    public void AddNode(
        string operation, IEnumerable<string> inputs, IReadOnlyList<string> outputs, params IEnumerable<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = operation, Name = $"{operation}_{_graph.Node.Count}" };
        if (operation is "OneHotEncoder" or "Imputer" or "LabelEncoder" or "Scaler" || operation.StartsWith("TreeEnsemble", StringComparison.Ordinal))
        {
            node.Domain = MlDomain;
        }

        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
    }

    /// <summary>The model's bytes.</summary>
    public byte[] ToBytes()
    {
        var model = new ModelProto { IrVersion = 8, ProducerName = "analytics", Graph = _graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 15 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = MlDomain, Version = 3 });
        return model.ToByteArray();
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, int? width)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = Batch });
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
