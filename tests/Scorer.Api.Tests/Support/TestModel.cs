using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Google.Protobuf;
using Onnx;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>
/// A small model whose answers a test can work out: the softmax of a linear function of the columns and a bias that only its
/// version has, so that an answer tells which version gave it. A missing number counts 0; a text counts its category's
/// index from 1, missing 0, unseen -1; a boolean 0 or 1; a date's parts are numbers. As a regression it gives the first class's term; with
/// <paramref name="nanForMissing"/> a missing number makes every output NaN, as many a foreign graph does.
/// </summary>
internal sealed class TestModel(
    IReadOnlyList<InputColumn> inputs, int version, bool regression = false, bool nanForMissing = false, GraphFault? fault = null)
{
    /// <summary>A graph with a fault shows it for rows whose first column is over this.</summary>
    public const int FaultAbove = 100;

    public static readonly IReadOnlyList<string> Classes = ["setosa", "versicolor", "virginica"];

    public static readonly IReadOnlyList<InputColumn> Iris =
    [
        new("sepal_length", ColumnType.Number, true),
        new("sepal_width", ColumnType.Number, true),
        new("petal_length", ColumnType.Number, true),
        new("petal_width", ColumnType.Number, true),
    ];

    /// <summary>Text, optional and required columns, and a name that is not ASCII.</summary>
    public static readonly IReadOnlyList<InputColumn> Flowers =
    [
        new("height", ColumnType.Number, true),
        new("größe", ColumnType.Number, false),
        new("color", ColumnType.Text, false, ["blue", "red"]),
        new("site", ColumnType.Text, true, ["north", "süd"]),
    ];

    /// <summary>A boolean, a day, a time that may be missing, and a number that may be.</summary>
    public static readonly IReadOnlyList<InputColumn> Visits =
    [
        new("returning", ColumnType.Boolean, true),
        new("day", ColumnType.Date, true) { Parts = DateParts.Of(ColumnType.Date) },
        new("at", ColumnType.Timestamp, false) { Parts = DateParts.Of(ColumnType.Timestamp) },
        new("height", ColumnType.Number, false),
    ];

    // The columns as the graph has them: a date's parts are numbers.
    private readonly IReadOnlyList<InputColumn> _graph =
        DateParts.GraphOf(new Signature(inputs, new SignatureOutput("", OutputKind.Number))).Inputs;

    public Signature Signature { get; } = new(
        inputs,
        regression ? new SignatureOutput("size", OutputKind.Number) : new SignatureOutput("species", OutputKind.Classes, Classes));

    private int Width => regression ? 1 : Classes.Count;

    /// <summary>The probabilities, or the number, that the graph must give.</summary>
    public float[] Expected(params object?[] row)
    {
        object?[] cells = [.. row.SelectMany(CellsOf)];
        var logits = new double[Width];
        for (var k = 0; k < logits.Length; k++)
        {
            logits[k] = Bias(k);
            for (var c = 0; c < _graph.Count; c++)
            {
                logits[k] += Weight(c, k) * Value(c, cells[c]);
            }
        }

        if (regression)
        {
            return [(float)logits[0]];
        }

        var max = logits.Max();
        var sum = logits.Sum(l => Math.Exp(l - max));
        return [.. logits.Select(l => (float)(Math.Exp(l - max) / sum))];
    }

    public byte[] Graph()
    {
        var graph = new GraphProto { Name = "test" };
        var terms = new List<string>();
        for (var c = 0; c < _graph.Count; c++)
        {
            var text = _graph[c].Type == ColumnType.Text;
            graph.Input.Add(Value(_graph[c].Name, text ? TensorProto.Types.DataType.String : TensorProto.Types.DataType.Float, 1));
            graph.Initializer.Add(Constant($"w{c}", 1, [.. Enumerable.Range(0, Width).Select(k => (float)Weight(c, k))]));
            graph.Node.Add(text ? Encode(c) : MissingIsZero(c, graph));
            graph.Node.Add(Node("MatMul", [$"x{c}", $"w{c}"], $"t{c}"));
            terms.Add($"t{c}");
        }

        if (fault is not null)
        {
            terms.Add(fault == GraphFault.Throws ? AddThrow(graph) : AddEndlessLoop(graph));
        }

        graph.Initializer.Add(Constant("bias", 1, [.. Enumerable.Range(0, Width).Select(k => (float)Bias(k))]));
        var output = regression ? OnnxScorer.ValueOutput : OnnxScorer.ProbabilitiesOutput;
        graph.Node.Add(Node("Sum", [.. terms, "bias"], regression ? output : "logits"));
        if (!regression)
        {
            var softmax = Node("Softmax", ["logits"], output);
            softmax.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
            graph.Node.Add(softmax);
        }

        graph.Output.Add(Value(output, TensorProto.Types.DataType.Float, Width));

        var model = new ModelProto { IrVersion = 8, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 13 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 2 });
        return model.ToByteArray();
    }

    /// <summary>Two rows with the answers the graph must give: one full, one of missing values where they are allowed.</summary>
    public GoldenRows Golden()
    {
        var batch = new RowBatch(Signature, 2);
        var full = inputs.Select((column, c) => Example(column, c)).ToArray();
        var sparse = inputs.Select((column, c) => column.Required || nanForMissing ? full[c] : null).ToArray();
        var outputs = new List<float>();
        foreach (var row in (object?[][])[full, sparse])
        {
            Add(batch, row);
            outputs.AddRange(Expected(row));
        }

        return GoldenRows.From(batch, [.. outputs]);
    }

    public static void Add(RowBatch batch, params object?[] row)
    {
        var index = batch.AddRow();
        for (var c = 0; c < row.Length; c++)
        {
            if (row[c] is float or bool)
            {
                batch.SetNumber(index, c, Convert.ToSingle(row[c], System.Globalization.CultureInfo.InvariantCulture));
            }
            else if (row[c] is string text)
            {
                batch.SetText(index, c, text);
            }
        }
    }

    private static object Example(InputColumn column, int c) => column.Type switch
    {
        ColumnType.Number => 0.5f * (c + 1),
        ColumnType.Boolean => true,
        ColumnType.Text => column.Categories![0],
        _ => "2024-02-29",
    };

    private IEnumerable<object?> CellsOf(object? cell, int c) => inputs[c].Parts is { } parts
        ? parts.Select(p => DateText.TryParse(cell as string, out var date) ? (object?)DateParts.Find(p)!(date) : null)
        : [cell];

    private double Bias(int k) => k == 1 ? 0.05 * version : 0;

    private static double Weight(int column, int k) => 0.25 * ((column + (2 * k)) % 3 - 1);

    private double Value(int column, object? cell) => cell switch
    {
        null or "" => 0,
        string text => _graph[column].Categories!.ToList().IndexOf(text) is >= 0 and var index ? index + 1 : -1,
        _ => Convert.ToSingle(cell, System.Globalization.CultureInfo.InvariantCulture),
    };

    private NodeProto MissingIsZero(int column, GraphProto graph)
    {
        if (nanForMissing)
        {
            return Node("Identity", [_graph[column].Name], $"x{column}");
        }

        graph.Initializer.Add(Constant($"zero{column}", 1, [0]));
        graph.Node.Add(Node("IsNaN", [graph.Input[column].Name], $"nan{column}"));
        return Node("Where", [$"nan{column}", $"zero{column}", graph.Input[column].Name], $"x{column}");
    }

    // Asks for the second of one value where the first column is over the bound, and adds nothing elsewhere.
    private string AddThrow(GraphProto graph)
    {
        AddIsOver(graph);
        graph.Initializer.Add(new TensorProto { Name = "one-value", DataType = (int)TensorProto.Types.DataType.Float, Dims = { 1 }, FloatData = { 0 } });
        graph.Node.Add(Node("Gather", ["one-value", "over"], "thrown"));
        return "thrown";
    }

    // Counts for minutes where the first column is over the bound, and not at all elsewhere: native code that nobody can stop.
    private string AddEndlessLoop(GraphProto graph)
    {
        AddIsOver(graph);
        graph.Initializer.Add(new TensorProto { Name = "rounds", DataType = (int)TensorProto.Types.DataType.Int64, Int64Data = { 20_000_000 } });
        graph.Initializer.Add(Constant("nothing", 1, [0]));
        var max = Node("ReduceMax", ["over"], "any-over");
        max.Attribute.Add(new AttributeProto { Name = "keepdims", Type = AttributeProto.Types.AttributeType.Int, I = 0 });
        graph.Node.Add(max);
        graph.Node.Add(Node("Mul", ["any-over", "rounds"], "all-rounds"));
        var body = new GraphProto { Name = "body" };
        body.Input.Add(Scalar("round", TensorProto.Types.DataType.Int64));
        body.Input.Add(Scalar("go", TensorProto.Types.DataType.Bool));
        body.Input.Add(Value("before", TensorProto.Types.DataType.Float, 1));
        body.Node.Add(Node("Identity", ["go"], "go-on"));
        body.Node.Add(Node("Identity", ["before"], "after"));
        body.Output.Add(Scalar("go-on", TensorProto.Types.DataType.Bool));
        body.Output.Add(Value("after", TensorProto.Types.DataType.Float, 1));
        var loop = Node("Loop", ["all-rounds", "", "nothing"], "looped");
        loop.Attribute.Add(new AttributeProto { Name = "body", Type = AttributeProto.Types.AttributeType.Graph, G = body });
        graph.Node.Add(loop);
        return "looped";
    }

    private void AddIsOver(GraphProto graph)
    {
        graph.Initializer.Add(Constant("bound", 1, [FaultAbove]));
        graph.Node.Add(Node("Greater", [_graph[0].Name, "bound"], "is-over"));
        var cast = Node("Cast", ["is-over"], "over");
        cast.Attribute.Add(new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = (int)TensorProto.Types.DataType.Int64 });
        graph.Node.Add(cast);
    }

    private static ValueInfoProto Scalar(string name, TensorProto.Types.DataType type) => new()
    {
        Name = name,
        Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = new TensorShapeProto() } },
    };

    private NodeProto Encode(int column)
    {
        var node = Node("LabelEncoder", [_graph[column].Name], $"x{column}");
        node.Domain = "ai.onnx.ml";
        var keys = new AttributeProto { Name = "keys_strings", Type = AttributeProto.Types.AttributeType.Strings };
        var values = new AttributeProto { Name = "values_floats", Type = AttributeProto.Types.AttributeType.Floats };
        keys.Strings.Add(ByteString.Empty);
        values.Floats.Add(0);
        foreach (var category in _graph[column].Categories!)
        {
            keys.Strings.Add(ByteString.CopyFromUtf8(category));
            values.Floats.Add(values.Floats.Count);
        }

        node.Attribute.Add(keys);
        node.Attribute.Add(values);
        node.Attribute.Add(new AttributeProto { Name = "default_float", Type = AttributeProto.Types.AttributeType.Float, F = -1 });
        return node;
    }

    private static NodeProto Node(string type, string[] inputs, string output)
    {
        var node = new NodeProto { OpType = type, Name = output };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        return node;
    }

    private static TensorProto Constant(string name, int rows, float[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float };
        tensor.Dims.AddRange([rows, values.Length / rows]);
        tensor.FloatData.AddRange(values);
        return tensor;
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, int width)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "N" });
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = width });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }
}

/// <summary>What a graph does wrong, for rows that ask for it.</summary>
internal enum GraphFault
{
    /// <summary>It fails.</summary>
    Throws,

    /// <summary>It does not come back for minutes.</summary>
    Hangs,
}
