using System.Buffers.Binary;

namespace Analytics.Registry.Journal.Records;

/// <summary>
/// Rows in PostgreSQL's binary COPY format, written into a buffer that is handed over in large pieces: no object and no call into
/// the driver for each value. The format is in PostgreSQL's manual under COPY, the values' under their types' send functions.
/// </summary>
internal sealed class CopyBuffer
{
    private const byte JsonbVersion = 1;
    private const int RealType = 700;

    // 1 January 2000 UTC, from where PostgreSQL counts microseconds.
    private const long EpochTicks = 630_822_816_000_000_000;

    private byte[] _bytes = new byte[512 * 1024];
    private int _valueStart;

    public int Count { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Count);

    public void Clear() => Count = 0;

    public void Begin()
    {
        // The signature; then flags and the length of an extension, both 0.
        Raw("PGCOPY\n"u8);
        Raw([0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    public void End() => BinaryPrimitives.WriteInt16BigEndian(Take(sizeof(short)), -1);

    public void StartRow(short fields) => BinaryPrimitives.WriteInt16BigEndian(Take(sizeof(short)), fields);

    public void Null() => Int(-1);

    /// <param name="id">16 bytes, big-endian.</param>
    public void Id(ReadOnlySpan<byte> id)
    {
        Int(16);
        id.CopyTo(Take(16));
    }

    public void Int32(int value)
    {
        Int(sizeof(int));
        Int(value);
    }

    public void Double(double value)
    {
        Int(sizeof(double));
        BinaryPrimitives.WriteDoubleBigEndian(Take(sizeof(double)), value);
    }

    /// <param name="ticks">.NET's ticks (UTC).</param>
    public void Time(long ticks)
    {
        Int(sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(Take(sizeof(long)), (ticks - EpochTicks) / TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>A text from its UTF-8; U+0000, which PostgreSQL takes in no text, is stored as U+FFFD.</summary>
    public void Text(ReadOnlySpan<byte> utf8)
    {
        BeginValue();
        Utf8(utf8);
        EndValue();
    }

    public void Hex(ReadOnlySpan<byte> bytes)
    {
        Int(2 * bytes.Length);
        Convert.TryToHexStringLower(bytes, Take(2 * bytes.Length), out _);
    }

    public void Reals(ReadOnlySpan<byte> littleEndian)
    {
        var count = littleEndian.Length / sizeof(float);
        BeginValue();
        // Dimensions, no nulls, the type; the one dimension's length and lower bound. An empty array has no dimension.
        Int(count == 0 ? 0 : 1);
        Int(0);
        Int(RealType);
        if (count > 0)
        {
            Int(count);
            Int(1);
        }

        for (; !littleEndian.IsEmpty; littleEndian = littleEndian[sizeof(float)..])
        {
            Int(sizeof(float));
            Int(BinaryPrimitives.ReadInt32LittleEndian(littleEndian));
        }

        EndValue();
    }

    /// <summary>Begins a jsonb value, whose text the next calls write until <see cref="EndValue"/>.</summary>
    public void BeginJson()
    {
        BeginValue();
        Take(1)[0] = JsonbVersion;
    }

    public void EndValue() => BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(_valueStart - sizeof(int)), Count - _valueStart);

    /// <summary>Bytes of the value that was begun.</summary>
    public void Raw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>Room for a part of the value that was begun; <see cref="Shrink"/> gives back what was not needed.</summary>
    public Span<byte> Take(int bytes)
    {
        var start = Count;
        if (_bytes.Length - start < bytes)
        {
            Array.Resize(ref _bytes, checked((int)Math.Max(2L * _bytes.Length, (long)start + bytes)));
        }

        Count = start + bytes;
        return _bytes.AsSpan(start, bytes);
    }

    public void Shrink(int bytes) => Count -= bytes;

    private void BeginValue()
    {
        Take(sizeof(int));
        _valueStart = Count;
    }

    private void Utf8(ReadOnlySpan<byte> utf8)
    {
        for (int zero; (zero = utf8.IndexOf((byte)0)) >= 0; utf8 = utf8[(zero + 1)..])
        {
            Raw(utf8[..zero]);
            Raw("\uFFFD"u8);
        }

        Raw(utf8);
    }

    private void Int(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(sizeof(int)), value);
}
