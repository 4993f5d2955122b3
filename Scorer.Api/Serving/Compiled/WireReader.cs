using System.Buffers.Binary;
using System.Runtime.CompilerServices;

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

    /// <summary>
    /// Goes to the next field when it is one more of the same: numbers and texts of a list stand each behind the same byte. Only
    /// for fields up to 15.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool NextIsSame()
    {
        if ((uint)_at < (uint)_bytes.Length && _bytes[_at] == ((Field << 3) | _wire))
        {
            _at++;
            return true;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Varint()
    {
        // Nearly every number, and every tag, of a forest's graph has one byte.
        if ((uint)_at < (uint)_bytes.Length && _bytes[_at] is var only and < 0x80)
        {
            _at++;
            return only;
        }

        var value = Varint(_bytes[_at..], out var length);
        _at += length;
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
