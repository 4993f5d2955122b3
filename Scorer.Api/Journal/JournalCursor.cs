using Analytics.Registry.Journal;
using Analytics.Registry.Journal.Segments;
using Analytics.Scorer.Api.Journal.Segments;

namespace Analytics.Scorer.Api.Journal;

/// <summary>
/// Where the draining of a slot is. The truth is the database's: after any failure the cursor is placed again at what is committed
/// there, and reads on from the files. One thread at a time.
/// </summary>
internal sealed class JournalCursor(JournalSlot slot, DiskJournal journal) : IDrainProgress, IDisposable
{
    private readonly Dictionary<Guid, JournalPosition> _committed = [];
    private SegmentReader? _reader;

    public JournalSlot Slot => slot;

    /// <summary>False until the positions in the database are known.</summary>
    public bool IsPlaced { get; private set; }

    /// <summary>The journals whose segments are in the slot.</summary>
    public Guid[] Journals
    {
        get
        {
            lock (slot.Gate)
            {
                return [.. slot.Segments.Where(s => !s.IsNewer).Select(s => s.JournalId).Distinct()];
            }
        }
    }

    /// <summary>True when nothing is to be done; what another process left is done when it is gone.</summary>
    public bool IsIdle
    {
        get
        {
            lock (slot.Gate)
            {
                return slot.Segments.TakeWhile(s => !s.IsNewer).All(s => s.SettledOffset == s.Readable && journal.IsOwn(slot));
            }
        }
    }

    /// <summary>How much there is to be read, in bytes.</summary>
    public long Waiting
    {
        get
        {
            lock (slot.Gate)
            {
                return slot.Segments.TakeWhile(s => !s.IsNewer).Sum(s => s.Readable - s.SettledOffset);
            }
        }
    }

    /// <summary>True when nothing is left that this version can store.</summary>
    public bool IsDone
    {
        get
        {
            lock (slot.Gate)
            {
                return !slot.HasReadable;
            }
        }
    }

    public JournalPosition? Committed(DrainBatch batch) =>
        _committed.TryGetValue(batch.Segment.JournalId, out var position) ? position : null;

    /// <summary>The positions are not known any more: a batch may have been committed or not.</summary>
    public void Lose()
    {
        IsPlaced = false;
        Close();
    }

    /// <summary>Goes to the positions in the database, and frees what lies before them.</summary>
    public void Place(IReadOnlyDictionary<Guid, JournalPosition> positions)
    {
        Close();
        _committed.Clear();
        foreach (var (id, position) in positions)
        {
            _committed[id] = position;
        }

        SegmentFile[] segments;
        lock (slot.Gate)
        {
            segments = [.. slot.Segments.TakeWhile(s => !s.IsNewer)];
        }

        foreach (var segment in segments)
        {
            if (!_committed.TryGetValue(segment.JournalId, out var position) || position.Segment < segment.Number)
            {
                continue;
            }

            if (position.Segment > segment.Number)
            {
                journal.Free(slot, segment);
            }
            else if (position.Offset != segment.SettledOffset)
            {
                using var file = SegmentScan.Open(segment.Path);
                Settle(segment, SegmentScan.CountRecords(file, position.Offset), position.Offset);
            }
        }

        IsPlaced = true;
    }

    /// <summary>Fills the batch with the records that follow; false when there are none now. Until <see cref="End"/> they stay.</summary>
    public bool Read(DrainBatch batch, int maxRows)
    {
        while (true)
        {
            _reader ??= OpenNext();
            if (_reader is not { } reader)
            {
                return false;
            }

            if (reader.Read(batch, maxRows) && TryUse(reader.Segment))
            {
                return true;
            }

            if (reader.Segment.IsGone)
            {
                Close();
            }
            else if (reader.IsAtEnd)
            {
                Close();
                Finish(reader.Segment);
            }
            else
            {
                return false;
            }
        }
    }

    public void Advance(DrainBatch batch, int records, long offset)
    {
        _committed[batch.Segment.JournalId] = new JournalPosition(batch.Segment.Number, offset);
        lock (slot.Gate)
        {
            Settle(batch.Segment, batch.Segment.Settled + records, offset);
        }
    }

    public void RefusedBatch(int records, Exception reason) => journal.Telling.RefusedBatch(records, reason);

    public void Refused(DrainBatch batch, BatchFrame record, Exception reason) => journal.Telling.Refused(batch.Segment, record.Offset, reason);

    /// <summary>The batch is done with.</summary>
    public void End(DrainBatch batch)
    {
        lock (slot.Gate)
        {
            batch.Segment.IsInUse = false;
        }
    }

    /// <summary>Forgets the segments whose files somebody has deleted.</summary>
    public void ForgetVanished()
    {
        Lose();
        SegmentFile[] vanished;
        lock (slot.Gate)
        {
            vanished = [.. slot.Segments.Where(s => s.IsSealed && !File.Exists(s.Path))];
            foreach (var segment in vanished)
            {
                slot.Forget(segment);
            }
        }

        foreach (var segment in vanished)
        {
            journal.Telling.Vanished(segment);
        }
    }

    public void Dispose() => Close();

    private SegmentReader? OpenNext()
    {
        SegmentFile? next;
        lock (slot.Gate)
        {
            next = slot.HasReadable ? slot.Segments[0] : null;
            // The last one of this process's own slot stays behind when it is settled: see Finish.
            if (next is { IsSealed: true } && next.SettledOffset == next.Readable && slot.Segments.Count == 1 && journal.IsOwn(slot))
            {
                return null;
            }
        }

        return next is null ? null : new SegmentReader(next, journal.Telling.Damage);
    }

    private bool TryUse(SegmentFile segment)
    {
        lock (slot.Gate)
        {
            segment.IsInUse = !segment.IsGone;
            return segment.IsInUse;
        }
    }

    // Nothing more comes from it. The newest segment of the own slot is kept, though: by it the next start knows the journal's id
    // and the last number, so that a position once committed is never met again by other records.
    private void Finish(SegmentFile segment)
    {
        bool isLast;
        lock (slot.Gate)
        {
            Settle(segment, segment.Records, segment.Readable);
            isLast = slot.Segments.Count == 1;
        }

        if (!isLast || !journal.IsOwn(slot))
        {
            journal.Free(slot, segment);
        }
    }

    private static void Settle(SegmentFile segment, long records, long offset)
    {
        segment.Settled = Math.Min(records, segment.Records);
        segment.SettledOffset = offset;
    }

    private void Close()
    {
        _reader?.Dispose();
        _reader = null;
    }
}
