using Analytics.Registry.Journal.Records;
using Microsoft.Win32.SafeHandles;

namespace Analytics.Registry.Journal.Segments;

/// <summary>A frame of a batch.</summary>
/// <param name="Kind">What its payload is.</param>
/// <param name="Start">Where the payload begins in the batch's buffer.</param>
/// <param name="Length">The payload's bytes.</param>
/// <param name="End">Where the frame ends in its segment.</param>
internal readonly record struct BatchFrame(JournalRecordKind Kind, int Start, int Length, long End)
{
    /// <summary>Where the frame begins in its segment.</summary>
    public long Offset => End - Length - SegmentFormat.FrameBytes;
}

/// <summary>Records of one segment that are stored together, as they lie in the file. The buffer is used again for the next batch.</summary>
internal sealed class DrainBatch
{
    /// <summary>The most that is read at once, but for a record that is larger alone.</summary>
    private const int BlockBytes = 2 * 1024 * 1024;

    private readonly List<BatchFrame> _frames = [];
    private SegmentFile? _segment;

    public byte[] Buffer { get; private set; } = [];

    public SegmentFile Segment => _segment ?? throw new InvalidOperationException("The batch has not been filled yet.");

    public IReadOnlyList<BatchFrame> Frames => _frames;

    /// <summary>About how many rows of the database its records become.</summary>
    public int Rows { get; private set; }

    public ReadOnlySpan<byte> Payload(BatchFrame frame) => Buffer.AsSpan(frame.Start, frame.Length);

    public void Begin(SegmentFile segment)
    {
        _segment = segment;
        _frames.Clear();
        Rows = 0;
    }

    /// <summary>Reads a block; returns its length. <paramref name="isCut"/>: the file ends before it should.</summary>
    public int Load(SafeFileHandle file, long offset, long available, int atLeast, out bool isCut)
    {
        var length = (int)Math.Min(available, Math.Max(BlockBytes, atLeast));
        // Neither grown for ever by one large record, nor larger than the little that an idle service needs.
        if (Buffer.Length < length || (Buffer.Length > 2 * BlockBytes && length <= BlockBytes))
        {
            Buffer = GC.AllocateUninitializedArray<byte>(Math.Max(length, BlockBytes));
        }

        var read = 0;
        while (read < length)
        {
            var part = RandomAccess.Read(file, Buffer.AsSpan(read, length - read), offset + read);
            if (part == 0)
            {
                break;
            }

            read += part;
        }

        isCut = read < length;
        return read;
    }

    public void Add(byte kind, int start, int length, long end)
    {
        var frame = new BatchFrame((JournalRecordKind)kind, start, length, end);
        _frames.Add(frame);
        Rows += 1 + (frame.Kind is JournalRecordKind.Scored or JournalRecordKind.Rows or JournalRecordKind.Shadow ? RequestFields.RowsOf(Payload(frame)) : 0);
    }
}
