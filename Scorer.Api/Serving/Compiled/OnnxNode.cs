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
        var (floats, ints, strings) = Count(message);
        attribute.Floats = arena.Take<float>(floats);
        attribute.Ints = arena.Take<int>(ints);
        attribute.Strings = strings == 0 ? OnnxTexts.None : new OnnxTexts(arena.Take<int>(strings));
        (floats, ints) = (0, 0);
        var round = 0;
        for (var reader = new WireReader(message); reader.Next();)
        {
            LoadThread.Breathe(round++);
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
                case 7:
                    ReadFloats(ref reader, attribute.Floats, ref floats);
                    break;
                case 8:
                    ReadInts(ref reader, attribute.Ints, ref ints);
                    break;
                case 9:
                    attribute.Strings.Add(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return attribute;
    }

    private static (int Floats, int Ints, int Strings) Count(ReadOnlySpan<byte> message)
    {
        var (floats, ints, strings) = (0, 0, 0);
        var round = 0;
        for (var reader = new WireReader(message); reader.Next();)
        {
            LoadThread.Breathe(round++);
            switch (reader.Field)
            {
                case 7 when reader.HasLength:
                    floats += reader.Bytes().Length / sizeof(float);
                    break;
                case 8 when reader.HasLength:
                    // A number ends with its first byte below 128.
                    foreach (var part in reader.Bytes())
                    {
                        ints += part < 0x80 ? 1 : 0;
                    }

                    break;
                default:
                    floats += reader.Field == 7 ? 1 : 0;
                    ints += reader.Field == 8 ? 1 : 0;
                    strings += reader.Field == 9 ? 1 : 0;
                    reader.Skip();
                    break;
            }
        }

        return (floats, ints, strings);
    }

    private static void ReadFloats(ref WireReader reader, LoadArray<float> target, ref int count)
    {
        if (!reader.HasLength)
        {
            target[count++] = reader.Float();
            return;
        }

        for (var packed = new WireReader(reader.Bytes()); !packed.IsAtEnd;)
        {
            LoadThread.Breathe(count);
            target[count++] = packed.Float();
        }
    }

    private static void ReadInts(ref WireReader reader, LoadArray<int> target, ref int count)
    {
        if (!reader.HasLength)
        {
            target[count++] = Int(reader.Varint());
            return;
        }

        for (var packed = new WireReader(reader.Bytes()); !packed.IsAtEnd;)
        {
            LoadThread.Breathe(count);
            target[count++] = Int(packed.Varint());
        }
    }

    private static int Int(ulong value) => (long)value is var number and >= int.MinValue and <= int.MaxValue
        ? (int)number
        : throw new NotSupportedException($"the number {(long)value} in an attribute");
}
