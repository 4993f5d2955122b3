using System.Buffers.Binary;

namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// The fields of a protocol buffers message, where they lie (protobuf.dev, "Encoding"). What is no such message is a
/// <see cref="NotSupportedException"/>.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;
    private int _wire;

    /// <summary>The number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>True when the field has a length: a text, a message, or numbers packed together.</summary>
    public readonly bool HasLength => _wire == 2;

    public readonly bool IsAtEnd => _at >= _bytes.Length;

    /// <summary>Goes to the next field; its value must then be read or skipped.</summary>
    public bool Next()
    {
        if (IsAtEnd)
        {
            return false;
        }

        var tag = Varint();
        (Field, _wire) = ((int)(tag >> 3), (int)(tag & 7));
        return true;
    }

    public ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Take(1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Malformed();
    }

    public float Float() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public ReadOnlySpan<byte> Bytes() => Varint() is var length and <= int.MaxValue ? Take((int)length) : throw Malformed();

    public void Skip()
    {
        switch (_wire)
        {
            case 0:
                Varint();
                break;
            case 1:
                Take(sizeof(ulong));
                break;
            case 2:
                Bytes();
                break;
            case 5:
                Take(sizeof(uint));
                break;
            default:
                throw Malformed();
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_bytes.Length - _at < count)
        {
            throw Malformed();
        }

        _at += count;
        return _bytes.Slice(_at - count, count);
    }

    private static NotSupportedException Malformed() => new("the file is no ONNX graph");
}
