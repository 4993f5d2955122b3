using System.Buffers.Binary;

namespace Analytics.Registry.Journal.Segments;

/// <summary>
/// The layout of a segment (docs/journal.md): a header of 64 bytes, then frames. Numbers are little-endian, ids big-endian. The
/// header keeps its layout in every format, so that any version can tell a newer format from damage.
/// </summary>
internal static class SegmentFormat
{
    /// <summary>The format that this code writes; segments of a higher one are left alone.</summary>
    public const uint Current = 1;

    public const int HeaderBytes = 64;

    /// <summary>Before each payload: sync, length, kind, three zeros, checksum.</summary>
    public const int FrameBytes = 16;

    /// <summary>The kind of the frame that ends a segment properly; its payload is the number of records.</summary>
    public const byte SealKind = 255;

    public const int SealBytes = FrameBytes + sizeof(long);

    /// <summary>The end of a segment's file name; before it the number with 16 digits.</summary>
    public const string Extension = ".journal";

    private const int CrcOffset = HeaderBytes - sizeof(uint);

    private static ReadOnlySpan<byte> Magic => "ANALYTJ\n"u8;

    /// <summary>The four bytes that each frame begins with. The first and the last are in no UTF-8 text.</summary>
    public static ReadOnlySpan<byte> Sync => [0xFA, (byte)'J', (byte)'R', 0xFB];

    public static string FileName(long number) => $"{number:D16}{Extension}";

    public static void WriteHeader(Span<byte> header, Guid journalId, long number, DateTimeOffset created)
    {
        header[..HeaderBytes].Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Current);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], HeaderBytes);
        journalId.TryWriteBytes(header[16..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], number);
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], created.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteUInt32LittleEndian(header[CrcOffset..], Crc32C.Append(0, header[..CrcOffset]));
    }

    /// <summary>False when the header is damaged, or the file none of a journal's.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out uint format, out Guid journalId)
    {
        format = 0;
        journalId = default;
        if (header.Length < HeaderBytes || !header.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(header[CrcOffset..]) != Crc32C.Append(0, header[..CrcOffset]))
        {
            return false;
        }

        format = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        journalId = new Guid(header.Slice(16, 16), bigEndian: true);
        return true;
    }

    /// <summary>
    /// What a journal's checksums start from. A text that a client sends lies in its payloads as it is; without knowing the
    /// id it cannot contain what would be taken for a frame when a reader looks for the next one after damage.
    /// </summary>
    public static uint Seed(Guid journalId)
    {
        Span<byte> id = stackalloc byte[16];
        journalId.TryWriteBytes(id, bigEndian: true, out _);
        return Crc32C.Append(uint.MaxValue, id);
    }

    /// <summary>Fills in the first <see cref="FrameBytes"/> of a frame whose payload is already behind them.</summary>
    public static void CompleteFrame(Span<byte> frame, byte kind, uint seed)
    {
        Sync.CopyTo(frame);
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], frame.Length - FrameBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], kind);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[12..], Checksum(frame, seed));
    }

    /// <summary>What stands in a frame's header; false when it is none. The checksum is not looked at.</summary>
    public static bool TryReadFrame(ReadOnlySpan<byte> header, out int payloadBytes, out byte kind)
    {
        payloadBytes = header.Length < FrameBytes ? -1 : BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        kind = payloadBytes < 0 ? (byte)0 : header[8];
        return payloadBytes >= 0 && header.StartsWith(Sync);
    }

    /// <summary>True when the checksum of a whole frame is right.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> frame, uint seed) =>
        BinaryPrimitives.ReadUInt32LittleEndian(frame[12..]) == Checksum(frame, seed);

    private static uint Checksum(ReadOnlySpan<byte> frame, uint seed) =>
        Crc32C.Append(Crc32C.Append(seed, frame[4..12]), frame[FrameBytes..]);
}
