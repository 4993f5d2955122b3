using System.Text;

namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// As much of an ONNX graph (onnx.proto3) as the compiler asks for. Read by hand: a forest has several attributes with an entry
/// for each node, and a class for each of those entries costs a hundred times the file's size for a moment, under requests.
/// </summary>
/// <param name="Nodes">The nodes.</param>
/// <param name="Outputs">The names of the graph's outputs.</param>
/// <param name="Scalars">Initializers that are one float without dimensions.</param>
internal sealed record OnnxGraph(IReadOnlyList<OnnxNode> Nodes, IReadOnlyList<string> Outputs, IReadOnlyDictionary<string, float> Scalars)
{
    /// <summary>Reads a model's graph. Throws <see cref="NotSupportedException"/> for what is no ONNX model.</summary>
    public static OnnxGraph Read(ReadOnlySpan<byte> model, LoadArena arena)
    {
        var nodes = new List<OnnxNode>();
        var outputs = new List<string>();
        var scalars = new Dictionary<string, float>(StringComparer.Ordinal);
        for (var reader = new WireReader(model); reader.Next();)
        {
            if (reader.Field == 7 && reader.HasLength)
            {
                ReadGraph(reader.Bytes(), arena, nodes, outputs, scalars);
            }
            else
            {
                reader.Skip();
            }
        }

        return new OnnxGraph(nodes, outputs, scalars);
    }

    private static void ReadGraph(
        ReadOnlySpan<byte> graph, LoadArena arena, List<OnnxNode> nodes, List<string> outputs, Dictionary<string, float> scalars)
    {
        for (var reader = new WireReader(graph); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1:
                    nodes.Add(OnnxNode.Read(reader.Bytes(), arena));
                    break;
                case 5:
                    ReadScalar(reader.Bytes(), scalars);
                    break;
                case 12:
                    outputs.Add(ReadName(reader.Bytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private static string ReadName(ReadOnlySpan<byte> value)
    {
        var name = "";
        for (var reader = new WireReader(value); reader.Next();)
        {
            if (reader.Field == 1)
            {
                name = Encoding.UTF8.GetString(reader.Bytes());
            }
            else
            {
                reader.Skip();
            }
        }

        return name;
    }

    private static void ReadScalar(ReadOnlySpan<byte> tensor, Dictionary<string, float> scalars)
    {
        var name = "";
        var values = new List<float>(1);
        for (var reader = new WireReader(tensor); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1:
                    // It has a dimension.
                    return;
                case 4 when !reader.HasLength:
                    values.Add(reader.Float());
                    break;
                case 4:
                    for (var packed = new WireReader(reader.Bytes()); !packed.IsAtEnd;)
                    {
                        values.Add(packed.Float());
                    }

                    break;
                case 8:
                    name = Encoding.UTF8.GetString(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (values.Count == 1)
        {
            scalars[name] = values[0];
        }
    }
}
