using System.Buffers.Binary;
using System.Text;
using Analytics.Registry.Journal.Segments;

namespace Analytics.Scorer.Api.Journal.Records;

/// <summary>A growing buffer that a frame is written into; one a thread, used again.</summary>
internal sealed class FrameBuffer
{
    private const int KeptBytes = 256 * 1024;

    [ThreadStatic]
    private static FrameBuffer? _current;

    private byte[] _bytes = new byte[1024];
    private int _length;

    /// <summary>This thread's buffer, empty but for the room of the frame's header.</summary>
    public static FrameBuffer Start()
    {
        var buffer = _current ??= new FrameBuffer();
        if (buffer._bytes.Length > KeptBytes)
        {
            buffer._bytes = new byte[1024];
        }

        buffer._length = SegmentFormat.FrameBytes;
        return buffer;
    }

    /// <summary>The frame; its header is still to be completed.</summary>
    public Span<byte> Frame => _bytes.AsSpan(0, _length);

    public void Byte(byte value) => Take(1)[0] = value;

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(sizeof(ushort)), value);

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);

    public void Double(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Take(sizeof(double)), value);

    public void Single(float value) => BinaryPrimitives.WriteSingleLittleEndian(Take(sizeof(float)), value);

    public void Id(Guid value) => value.TryWriteBytes(Take(16), bigEndian: true, out _);

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    /// <summary>A length in as many groups of seven bits as it needs, the lowest first.</summary>
    public void Length(int value)
    {
        for (var rest = (uint)value; ; rest >>= 7)
        {
            if (rest < 0x80)
            {
                Byte((byte)rest);
                return;
            }

            Byte((byte)(rest | 0x80));
        }
    }

    /// <summary>A text in UTF-8 behind its length in bytes. Half of a surrogate pair becomes U+FFFD, as in the answer.</summary>
    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Length(length);
        Encoding.UTF8.GetBytes(value, Take(length));
    }

    private Span<byte> Take(int bytes)
    {
        var start = _length;
        if (_bytes.Length - start < bytes)
        {
            var needed = (long)start + bytes;
            if (needed > Array.MaxLength)
            {
                throw new InvalidOperationException($"A record of more than {Array.MaxLength} bytes cannot be kept; ask with fewer rows.");
            }

            Array.Resize(ref _bytes, (int)Math.Clamp(2L * _bytes.Length, needed, Array.MaxLength));
        }

        _length = start + bytes;
        return _bytes.AsSpan(start, bytes);
    }
}
