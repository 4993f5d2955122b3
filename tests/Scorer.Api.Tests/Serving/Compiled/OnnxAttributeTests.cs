using System.Text;
using Analytics.Scorer.Api.Serving.Compiled;
using Google.Protobuf;
using Onnx;

namespace Analytics.Scorer.Api.Tests.Serving.Compiled;

/// <summary>The values of an attribute in every form that a protocol buffers message can have them in.</summary>
public sealed class OnnxAttributeTests
{
    private const int FloatsField = 7;
    private const int IntsField = 8;

    private static readonly int[] Ints = [0, 1, 127, 128, 300, 1 << 20, int.MaxValue, -1, int.MinValue];
    private static readonly float[] Floats = [0, -0f, 1.5f, float.NaN, float.NegativeInfinity];

    // ONNX writes one field for each number; a packed list is as valid, and so are both in turns.
    [Theory]
    [InlineData("one by one")]
    [InlineData("packed")]
    [InlineData("both")]
    [InlineData("an empty list, then one by one")]
    public void Read_NumbersInAnyForm_AreTheSame(string form)
    {
        var message = form switch
        {
            "one by one" => Message(Single),
            "packed" => Message(Packed),
            "both" => Message(Packed, Single, Packed),
            _ => Message((output, _, _) => Packed(output, [], []), Single),
        };
        var times = form == "both" ? 3 : 1;
        using var arena = new LoadArena();

        var attribute = OnnxAttribute.Read(message, arena);

        Assert.Equal("values", attribute.Name);
        Assert.Equal(Enumerable.Repeat(Ints, times).SelectMany(i => i), attribute.Ints.AsSpan().ToArray());
        Assert.Equal(Enumerable.Repeat(Floats, times).SelectMany(f => f), attribute.Floats.AsSpan().ToArray());
    }

    [Fact]
    public void Read_Texts_AreEachKeptOnceAndInTheirOrder()
    {
        // More different ones than are looked through, and bytes that are not ASCII.
        string[] texts = [.. Enumerable.Range(0, 40).Select(i => i % 3 == 0 ? "LEAF" : i % 3 == 1 ? $"class {i % 11}" : "größer"), ""];
        var proto = new AttributeProto { Name = "texts" };
        proto.Strings.AddRange(texts.Select(ByteString.CopyFromUtf8));
        using var arena = new LoadArena();

        var read = OnnxAttribute.Read(proto.ToByteArray(), arena).Strings;

        Assert.Equal(texts, Enumerable.Range(0, read.Count).Select(i => read[i]));
        Assert.Equal(texts, read.Words.ToArray().Select(w => read.Different[w]));
        Assert.True(read.Different.Count < texts.Length, $"{read.Different.Count} texts are kept");
    }

    [Fact]
    public void Read_CutShort_SaysThatItIsNoGraph()
    {
        var whole = Message(Single, Packed);
        using var arena = new LoadArena();
        for (var length = 1; length < whole.Length; length++)
        {
            try
            {
                // Where a field ends, what is left is a message of fewer numbers.
                Assert.True(OnnxAttribute.Read(whole.AsSpan(0, length), arena).Ints.Length <= 2 * Ints.Length);
            }
            catch (NotSupportedException e)
            {
                Assert.Contains("no ONNX graph", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    // Ten bytes that each say that another follows, and a length beyond the end.
    [InlineData(IntsField << 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01)]
    [InlineData((IntsField << 3) | 2, 0x7F, 0x01)]
    [InlineData((FloatsField << 3) | 5, 0x00, 0x00)]
    public void Read_NoNumber_SaysThatItIsNoGraph(params int[] bytes)
    {
        using var arena = new LoadArena();

        Assert.Contains(
            "no ONNX graph",
            Assert.Throws<NotSupportedException>(() => OnnxAttribute.Read([.. bytes.Select(b => (byte)b)], arena)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NumberBeyondInt_NamesIt()
    {
        var proto = new AttributeProto { Name = "large" };
        proto.Ints.Add(1L + int.MaxValue);
        using var arena = new LoadArena();

        Assert.Contains(
            "2147483648", Assert.Throws<NotSupportedException>(() => OnnxAttribute.Read(proto.ToByteArray(), arena)).Message, StringComparison.Ordinal);
    }

    private static byte[] Message(params Action<CodedOutputStream, IReadOnlyList<int>, IReadOnlyList<float>>[] parts)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            output.WriteTag(1, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(Encoding.ASCII.GetBytes("values")));
            foreach (var part in parts)
            {
                part(output, Ints, Floats);
            }
        }

        return stream.ToArray();
    }

    private static void Single(CodedOutputStream output, IReadOnlyList<int> ints, IReadOnlyList<float> floats)
    {
        foreach (var value in ints)
        {
            output.WriteTag(IntsField, WireFormat.WireType.Varint);
            output.WriteInt64(value);
        }

        foreach (var value in floats)
        {
            output.WriteTag(FloatsField, WireFormat.WireType.Fixed32);
            output.WriteFloat(value);
        }
    }

    private static void Packed(CodedOutputStream output, IReadOnlyList<int> ints, IReadOnlyList<float> floats)
    {
        output.WriteTag(IntsField, WireFormat.WireType.LengthDelimited);
        output.WriteLength(ints.Sum(i => CodedOutputStream.ComputeInt64Size(i)));
        foreach (var value in ints)
        {
            output.WriteInt64(value);
        }

        output.WriteTag(FloatsField, WireFormat.WireType.LengthDelimited);
        output.WriteLength(floats.Count * sizeof(float));
        foreach (var value in floats)
        {
            output.WriteFloat(value);
        }
    }
}
