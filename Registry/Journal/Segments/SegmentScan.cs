using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Analytics.Registry.Journal.Segments;

/// <summary>What is asked of a segment without reading its records: counts, the header, the time of a record.</summary>
internal static class SegmentScan
{
    private const int ReadAhead = 64 * 1024;

    public static SafeFileHandle Open(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>The segment as it lies there. A damaged header counts as the folder's own journal, which the file then probably is of.</summary>
    public static SegmentFile Describe(string path, long number, Guid folderId, out bool damagedHeader)
    {
        using var file = Open(path);
        Span<byte> header = stackalloc byte[SegmentFormat.HeaderBytes];
        var read = RandomAccess.Read(file, header, 0);
        damagedHeader = !SegmentFormat.TryReadHeader(header[..read], out var format, out var id);
        var length = RandomAccess.GetLength(file);
        var segment = new SegmentFile(path, number, damagedHeader ? folderId : id)
        {
            IsNewer = !damagedHeader && format > SegmentFormat.Current,
            IsSealed = true,
            Readable = Math.Max(length, SegmentFormat.HeaderBytes),
            DiskBytes = length,
        };
        segment.Records = segment.IsNewer ? 0 : CountRecords(file, length);
        return segment;
    }

    /// <summary>The records that end at or before the offset, found by their frames' lengths.</summary>
    public static long CountRecords(SafeFileHandle file, long end)
    {
        Span<byte> seal = stackalloc byte[SegmentFormat.SealBytes];
        if (end == RandomAccess.GetLength(file) && end >= SegmentFormat.HeaderBytes + SegmentFormat.SealBytes
            && RandomAccess.Read(file, seal, end - seal.Length) == seal.Length
            && SegmentFormat.TryReadFrame(seal, out var length, out var last) && last == SegmentFormat.SealKind && length == sizeof(long))
        {
            return BinaryPrimitives.ReadInt64LittleEndian(seal[SegmentFormat.FrameBytes..]);
        }

        var buffer = new byte[ReadAhead];
        long count = 0, offset = SegmentFormat.HeaderBytes, start = 0;
        var read = 0;
        while (offset + SegmentFormat.FrameBytes <= end)
        {
            if (offset < start || offset + SegmentFormat.FrameBytes > start + read)
            {
                start = offset;
                read = RandomAccess.Read(file, buffer, start);
            }

            var from = (int)(offset - start);
            if (!SegmentFormat.TryReadFrame(buffer.AsSpan(from, Math.Min(read - from, SegmentFormat.FrameBytes)), out var bytes, out var kind)
                || offset + SegmentFormat.FrameBytes + bytes > end)
            {
                break;
            }

            count += kind == SegmentFormat.SealKind ? 0 : 1;
            offset += SegmentFormat.FrameBytes + bytes;
        }

        return count;
    }

    /// <summary>When the record at the offset was made; null when none is there. Every payload begins with the time in ticks.</summary>
    public static DateTimeOffset? TimeAt(string path, long offset)
    {
        using var file = Open(path);
        Span<byte> start = stackalloc byte[SegmentFormat.FrameBytes + sizeof(long)];
        if (RandomAccess.Read(file, start, offset) < start.Length || !SegmentFormat.TryReadFrame(start, out _, out var kind)
            || kind == SegmentFormat.SealKind)
        {
            return null;
        }

        var ticks = BinaryPrimitives.ReadInt64LittleEndian(start[SegmentFormat.FrameBytes..]);
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
    }
}
