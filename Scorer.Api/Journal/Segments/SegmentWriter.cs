using System.Buffers.Binary;
using Analytics.Registry.Journal.Segments;
using Microsoft.Win32.SafeHandles;

namespace Analytics.Scorer.Api.Journal.Segments;

/// <summary>
/// Appends frames to a new segment with one write each: what the system has taken survives the process. Its room is reserved when
/// it is made, so a full disk shows there and not in the middle of a record. One thread at a time.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly long _size;
    private long _end = SegmentFormat.HeaderBytes;

    private SegmentWriter(SafeFileHandle file, SegmentFile segment, long size)
    {
        _file = file;
        _size = size;
        Segment = segment;
    }

    public SegmentFile Segment { get; }

    /// <summary>Creates the file.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written; no file is left.</exception>
    public static SegmentWriter Create(string folder, long number, Guid journalId, long size, DateTimeOffset now)
    {
        var path = Path.Combine(folder, SegmentFormat.FileName(number));
        var file = File.OpenHandle(
            path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, preallocationSize: size);
        try
        {
            Span<byte> header = stackalloc byte[SegmentFormat.HeaderBytes];
            SegmentFormat.WriteHeader(header, journalId, number, now);
            RandomAccess.Write(file, header, 0);
            return new SegmentWriter(file, new SegmentFile(path, number, journalId) { DiskBytes = size }, size);
        }
        catch (IOException)
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>What is still free of the room that it has reserved.</summary>
    public long Room => _size - _end;

    public bool Fits(int frameBytes) => _end + frameBytes + SegmentFormat.SealBytes <= _size;

    /// <summary>Appends a whole frame; a reader may see it when this returns.</summary>
    /// <exception cref="IOException">It is not there; a part of it may be, which the next frame writes over.</exception>
    public void Append(ReadOnlySpan<byte> frame)
    {
        RandomAccess.Write(_file, frame, _end);
        _end += frame.Length;
        Segment.Records++;
        Segment.Readable = _end;
    }

    /// <summary>Writes what the system holds to the disk; also beside <see cref="Append"/>.</summary>
    public void Flush() => RandomAccess.FlushToDisk(_file);

    /// <summary>Ends the segment: nothing is added any more, and the room left is given back.</summary>
    public void Seal(uint seed)
    {
        Span<byte> seal = stackalloc byte[SegmentFormat.SealBytes];
        BinaryPrimitives.WriteInt64LittleEndian(seal[SegmentFormat.FrameBytes..], Segment.Records);
        SegmentFormat.CompleteFrame(seal, SegmentFormat.SealKind, seed);
        RandomAccess.Write(_file, seal, _end);
        _end += seal.Length;
        RandomAccess.SetLength(_file, _end);
        Segment.Readable = _end;
        Segment.DiskBytes = _end;
    }

    public void Dispose()
    {
        Segment.IsSealed = true;
        _file.Dispose();
    }
}
