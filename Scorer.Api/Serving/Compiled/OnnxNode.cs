using System.Text;

namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>A node of an <see cref="OnnxGraph"/>.</summary>
internal sealed class OnnxNode
{
    public string OpType { get; private set; } = "";

    public string Domain { get; private set; } = "";

    public List<string> Input { get; } = [];

    public List<string> Output { get; } = [];

    public Dictionary<string, OnnxAttribute> Attributes { get; } = new(StringComparer.Ordinal);

    public static OnnxNode Read(ReadOnlySpan<byte> message, LoadArena arena)
    {
        var node = new OnnxNode();
        for (var reader = new WireReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1:
                    node.Input.Add(Encoding.UTF8.GetString(reader.Bytes()));
                    break;
                case 2:
                    node.Output.Add(Encoding.UTF8.GetString(reader.Bytes()));
                    break;
                case 4:
                    node.OpType = Encoding.UTF8.GetString(reader.Bytes());
                    break;
                case 5:
                    var attribute = OnnxAttribute.Read(reader.Bytes(), arena);
                    node.Attributes.Add(attribute.Name, attribute);
                    break;
                case 7:
                    node.Domain = Encoding.UTF8.GetString(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return node;
    }
}

/// <summary>An attribute of a node: the one of its values that the node's operator defines.</summary>
internal sealed class OnnxAttribute
{
    public string Name { get; private set; } = "";

    public float F { get; private set; }

    public long I { get; private set; }

    public string S { get; private set; } = "";

    public LoadArray<float> Floats { get; private set; }

    public LoadArray<int> Ints { get; private set; }

    public OnnxTexts Strings { get; private set; } = OnnxTexts.None;

    public static OnnxAttribute Read(ReadOnlySpan<byte> message, LoadArena arena)
    {
        var attribute = new OnnxAttribute();
        var (floats, ints) = (0, 0);
        for (var reader = new WireReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1:
                    attribute.Name = Encoding.UTF8.GetString(reader.Bytes());
                    break;
                case 2:
                    attribute.F = reader.Float();
                    break;
                case 3:
                    attribute.I = (long)reader.Varint();
                    break;
                case 4:
                    attribute.S = Encoding.UTF8.GetString(reader.Bytes());
                    break;
                // Room for as many as there can be, at once: what is not written to takes no memory, and counting them first would
                // take as long as reading them.
                case 7:
                    attribute.Floats = floats == 0 ? arena.Take<float>((reader.Left / sizeof(float)) + 1) : attribute.Floats;
                    floats += reader.Floats(attribute.Floats.AsSpan()[floats..]);
                    break;
                case 8:
                    attribute.Ints = ints == 0 ? arena.Take<int>(reader.Left + 1) : attribute.Ints;
                    ints += reader.Ints(attribute.Ints.AsSpan()[ints..]);
                    break;
                case 9:
                    if (attribute.Strings == OnnxTexts.None)
                    {
                        attribute.Strings = new OnnxTexts(arena.Take<int>(reader.Left + 1));
                    }

                    attribute.Strings.Add(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        attribute.Floats = attribute.Floats.First(floats);
        attribute.Ints = attribute.Ints.First(ints);
        return attribute;
    }
}
