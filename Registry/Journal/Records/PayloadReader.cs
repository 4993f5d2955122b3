using System.Buffers.Binary;

namespace Analytics.Registry.Journal.Records;

/// <summary>Reads a payload's values, in the order in which they were written (docs/journal.md).</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private readonly ReadOnlySpan<byte> _payload = payload;

    /// <summary>Where the next value begins.</summary>
    public int Offset { get; private set; }

    public readonly bool IsAtEnd => Offset == _payload.Length;

    public byte Byte() => Bytes(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(sizeof(ushort)));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(sizeof(int)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(sizeof(long)));

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Bytes(sizeof(double)));

    public float Single() => BinaryPrimitives.ReadSingleLittleEndian(Bytes(sizeof(float)));

    public Guid Id() => new(Bytes(16), bigEndian: true);

    public int Length()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var part = Byte();
            value |= (uint)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value <= int.MaxValue ? (int)value : throw Malformed();
            }
        }

        throw Malformed();
    }

    /// <summary>The UTF-8 of a text.</summary>
    public ReadOnlySpan<byte> Text() => Bytes(Length());

    public ReadOnlySpan<byte> Bytes(int length)
    {
        if (length > _payload.Length - Offset)
        {
            throw Malformed();
        }

        var start = Offset;
        Offset += length;
        return _payload.Slice(start, length);
    }

    private readonly InvalidDataException Malformed() =>
        new($"The record of {_payload.Length} bytes has no complete value at {Offset}: its checksum is right, so a fault wrote it.");
}
