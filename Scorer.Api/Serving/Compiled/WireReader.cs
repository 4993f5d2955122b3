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

    /// <summary>The bytes from here on.</summary>
    public readonly int Left => _bytes.Length - _at;

    /// <summary>The number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>True when the field has a length: a text, a message, or numbers packed together.</summary>
    public readonly bool HasLength => _wire == 2;

    public readonly bool IsAtEnd => _at >= _bytes.Length;

    // The byte in front of the field; for fields up to 15, as all lists of an attribute are.
    private readonly int Tag => (Field << 3) | _wire;

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

    /// <summary>True, and at its value, when the next field is one more of the same: a list is many of them, each behind the same byte.</summary>
    public bool NextIsSame()
    {
        if (IsAtEnd || _bytes[_at] != Tag)
        {
            return false;
        }

        _at++;
        return true;
    }

    public ulong Varint()
    {
        if (!IsAtEnd && _bytes[_at] < 0x80)
        {
            return _bytes[_at++];
        }

        var value = Varint(_bytes[_at..], out var length);
        _at += length;
        return value;
    }

    public float Float() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public ReadOnlySpan<byte> Bytes() => Varint() is var length and <= int.MaxValue ? Take((int)length) : throw Malformed();

    /// <summary>Reads the numbers of a list, packed in one field or one in each of a run of fields; how many there were.</summary>
    public int Ints(Span<int> target)
    {
        var (packed, tag, count) = (HasLength, Tag, 0);
        // Locals: what a struct has is read and written anew for each number, and a forest of 10 MB has two million.
        var bytes = packed ? Bytes() : _bytes;
        var at = packed ? 0 : _at;
        for (var more = !packed || bytes.Length > 0; more;)
        {
            LoadThread.Breathe(count);
            var value = at < bytes.Length ? (long)bytes[at] : throw Malformed();
            var length = 1;
            if (value >= 0x80)
            {
                value = (long)Varint(bytes[at..], out length);
            }

            target[count++] = value is >= int.MinValue and <= int.MaxValue
                ? (int)value
                : throw new NotSupportedException($"the number {value} in an attribute");
            at += length;
            more = at < bytes.Length && (packed || bytes[at] == tag);
            at += more && !packed ? 1 : 0;
        }

        _at = packed ? _at : at;
        return count;
    }

    /// <summary>The same for floats.</summary>
    public int Floats(Span<float> target)
    {
        var (packed, tag, count) = (HasLength, Tag, 0);
        var bytes = packed ? Bytes() : _bytes;
        var at = packed ? 0 : _at;
        for (var more = !packed || bytes.Length > 0; more;)
        {
            LoadThread.Breathe(count);
            target[count++] = bytes.Length - at >= sizeof(float)
                ? BinaryPrimitives.ReadSingleLittleEndian(bytes.Slice(at, sizeof(float)))
                : throw Malformed();
            at += sizeof(float);
            more = at < bytes.Length && (packed || bytes[at] == tag);
            at += more && !packed ? 1 : 0;
        }

        _at = packed ? _at : at;
        return count;
    }

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

    private static ulong Varint(ReadOnlySpan<byte> bytes, out int length)
    {
        var value = 0UL;
        for (length = 0; length < Math.Min(10, bytes.Length);)
        {
            var part = bytes[length];
            value |= (ulong)(part & 0x7F) << (7 * length++);
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Malformed();
    }

    private static NotSupportedException Malformed() => new("the file is no ONNX graph");
}
