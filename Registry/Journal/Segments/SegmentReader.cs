using Microsoft.Win32.SafeHandles;

namespace Analytics.Registry.Journal.Segments;

/// <summary>
/// Reads a segment's records in order, also while it is being written. What is damaged is left out: the reader goes on at the next
/// frame whose checksum is right, and tells the place. One thread at a time.
/// </summary>
internal sealed class SegmentReader : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly uint _seed;
    private readonly Action<SegmentDamage> _damaged;
    private long _offset;
    private long _damagedFrom = -1;

    public SegmentReader(SegmentFile segment, Action<SegmentDamage> damaged)
    {
        Segment = segment;
        _file = SegmentScan.Open(segment.Path);
        _seed = SegmentFormat.Seed(segment.JournalId);
        _damaged = damaged;
        _offset = segment.SettledOffset;
    }

    public SegmentFile Segment { get; }

    /// <summary>True when the segment has no more and gets no more.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Fills the batch with what comes next, a block of the file at most; false when there is nothing now.</summary>
    public bool Read(DrainBatch batch, int maxRows)
    {
        batch.Begin(Segment);
        var atLeast = 0;
        while (!IsAtEnd)
        {
            // In this order: of a segment that is sealed all is readable.
            var isSealed = Segment.IsSealed;
            var limit = Segment.Readable;
            if (_offset >= limit)
            {
                End(isSealed, limit);
                return false;
            }

            var length = batch.Load(_file, _offset, limit - _offset, atLeast, out var isCut);
            if (isCut)
            {
                // Shorter than it was: by somebody else's hand.
                limit = _offset + length;
            }

            if (length == 0)
            {
                End(isSealed, limit);
                return false;
            }

            var used = Parse(batch, length, limit, maxRows, out atLeast);
            _offset += used;
            if (batch.Frames.Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Takes the frames of the block; returns how much of it is done with, and what the next block must hold.</summary>
    private int Parse(DrainBatch batch, int length, long limit, int maxRows, out int atLeast)
    {
        atLeast = 0;
        var block = batch.Buffer.AsSpan(0, length);
        var isLast = _offset + length >= limit;
        var at = 0;
        while (at < length && batch.Rows < maxRows)
        {
            var rest = block[at..];
            if (rest.Length < SegmentFormat.FrameBytes && !isLast)
            {
                break;
            }

            if (SegmentFormat.TryReadFrame(rest, out var payload, out var kind)
                && SegmentFormat.FrameBytes + (long)payload <= limit - (_offset + at))
            {
                var bytes = SegmentFormat.FrameBytes + payload;
                if (bytes > rest.Length && !isLast)
                {
                    atLeast = bytes;
                    break;
                }

                if (bytes <= rest.Length && SegmentFormat.IsIntact(rest[..bytes], _seed))
                {
                    Resume(_offset + at);
                    if (kind == SegmentFormat.SealKind)
                    {
                        IsAtEnd = true;
                        return at;
                    }

                    at += bytes;
                    batch.Add(kind, at - payload, payload, _offset + at);
                    continue;
                }
            }

            if (_damagedFrom < 0)
            {
                _damagedFrom = _offset + at;
            }

            var next = rest[1..].IndexOf(SegmentFormat.Sync);
            at = next >= 0 ? at + 1 + next : isLast ? length : Math.Max(at + 1, length - SegmentFormat.Sync.Length + 1);
        }

        return at;
    }

    private void Resume(long offset)
    {
        if (_damagedFrom >= 0)
        {
            _damaged(new SegmentDamage(Segment, _damagedFrom, offset - _damagedFrom, IsTail: false));
            _damagedFrom = -1;
        }
    }

    private void End(bool isSealed, long limit)
    {
        if (!isSealed)
        {
            return;
        }

        IsAtEnd = true;
        if (_damagedFrom >= 0)
        {
            _damaged(new SegmentDamage(Segment, _damagedFrom, limit - _damagedFrom, IsTail: true));
            _damagedFrom = -1;
        }
    }
}
