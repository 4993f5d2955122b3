using Analytics.Registry.Journal;
using Analytics.Registry.Journal.Segments;
using Analytics.Scorer.Api.Journal.Segments;

namespace Analytics.Scorer.Api.Journal;

/// <content>The segment that is written, and what happens when there can be none. All of it under the gate.</content>
internal sealed partial class DiskJournal
{
    private bool TryAppend(Span<byte> frame, JournalRecordKind kind)
    {
        var isSpare = kind is JournalRecordKind.Rejected or JournalRecordKind.Shadow;
        if (_isDisposed || _obstacle is not null || (isSpare && !HasRoomForSpare()))
        {
            return false;
        }

        // Once more with a new segment, when the old one could not be written to its end.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            if (_writer?.Fits(frame.Length) != true && !TryRoll(frame.Length))
            {
                return false;
            }

            try
            {
                SegmentFormat.CompleteFrame(frame, (byte)kind, _seed);
                _writer!.Append(frame);
                return true;
            }
            catch (IOException e)
            {
                _telling.CannotWrite(_writer!.Segment.Path, e);
                CloseWriter();
            }
        }

        Block(DiskObstacle, null);
        return false;
    }

    // A flood of bad requests, or a challenger, must not turn good ones away.
    private bool HasRoomForSpare() =>
        DiskBytes - (_writer?.Room ?? 0) < _options.MaxBytes / SpareShare;

    /// <summary>Ends the segment and begins the next, with room for a frame of the given length.</summary>
    private bool TryRoll(int frameBytes)
    {
        EndWriter();
        if (_own is not { } slot)
        {
            return false;
        }

        var size = Math.Max(_segmentBytes, (long)SegmentFormat.HeaderBytes + frameBytes + SegmentFormat.SealBytes);
        while (true)
        {
            // An empty journal takes any record, so that none is too large for ever.
            while (DiskBytes + size > _options.MaxBytes && Count > 0)
            {
                if (_options.WhenFull == JournalFullPolicy.Block)
                {
                    Block(FullObstacle, null);
                    return false;
                }

                if (!TryDropOldest())
                {
                    // All that is left is being stored right now and is free soon: over the bound by this one segment.
                    break;
                }
            }

            try
            {
                _writer = SegmentWriter.Create(slot.Path, slot.NextNumber, _id, size, _time.GetUtcNow());
                lock (slot.Gate)
                {
                    slot.Add(_writer.Segment);
                }

                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _metrics.DiskFailed();
                if (!TryDropOldest())
                {
                    Block(DiskObstacle, e);
                    return false;
                }
            }
        }
    }

    /// <summary>Under <see cref="JournalFullPolicy.DropOldest"/>: deletes the oldest segment that nobody needs at this moment.</summary>
    private bool TryDropOldest()
    {
        if (_options.WhenFull != JournalFullPolicy.DropOldest)
        {
            return false;
        }

        foreach (var slot in _leftovers.Append(_own!))
        {
            SegmentFile? oldest;
            lock (slot.Gate)
            {
                oldest = slot.Segments.FirstOrDefault(s => s is { IsInUse: false, IsSealed: true, IsNewer: false });
                if (oldest is null)
                {
                    continue;
                }

                slot.Forget(oldest);
            }

            var records = Math.Max(0, oldest.Records - oldest.Settled);
            if (records > 0)
            {
                _metrics.Dropped(records, "oldest");
                JournalLog.DroppedOldest(_logger, records, oldest.Path);
            }

            JournalSlot.Delete(oldest, _telling);
            return true;
        }

        return false;
    }

    private void EndWriter()
    {
        if (_writer is not { } writer)
        {
            return;
        }

        if (writer.Segment.Records == 0)
        {
            Discard(writer.Segment);
            return;
        }

        try
        {
            writer.Seal(_seed);
            if (_flusher is not null)
            {
                writer.Flush();
            }
        }
        catch (IOException e)
        {
            _telling.CannotWrite(writer.Segment.Path, e);
            _isSealLost = true;
        }

        CloseWriter();
    }

    private void Discard(SegmentFile empty)
    {
        CloseWriter();
        lock (_own!.Gate)
        {
            _own.Forget(empty);
        }

        JournalSlot.Delete(empty, _telling);
    }

    private void CloseWriter()
    {
        _writer?.Dispose();
        _writer = null;
    }

    private bool TryOpen()
    {
        try
        {
            _own = JournalFolder.Claim(_options.Folder, _telling, _leftovers);
            _id = _own.LatestId ?? Guid.NewGuid();
            _seed = SegmentFormat.Seed(_id);
            var segments = _leftovers.Append(_own).SelectMany(s => s.Segments).Where(s => !s.IsNewer).ToList();
            JournalLog.Opened(_logger, _own.Path, segments.Sum(s => s.Records), segments.Sum(s => s.DiskBytes));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _metrics.DiskFailed();
            foreach (var slot in _leftovers)
            {
                slot.Dispose();
            }

            _leftovers.Clear();
            Block(DiskObstacle, e);
            return false;
        }
    }

    /// <summary>Takes no records until a try of the timer succeeds, or room is made. Told once.</summary>
    private void Block(string obstacle, Exception? reason)
    {
        if (!_isBlocked)
        {
            _isBlocked = true;
            if (_own is null)
            {
                JournalLog.CannotOpen(_logger, _options.Folder, reason!.Message, _options.WhenFull, RetryPause);
            }
            else if (obstacle == FullObstacle)
            {
                JournalLog.Full(_logger, _own.Path, DiskBytes, _options.MaxBytes);
            }
            else
            {
                JournalLog.CannotWrite(
                    _logger, _own.Path, reason?.Message ?? "Two writes in a row failed.", _options.WhenFull, RetryPause);
            }
        }

        Volatile.Write(ref _obstacle, obstacle);
        if (!_isDisposed)
        {
            _retry.Change(RetryPause, Timeout.InfiniteTimeSpan);
        }
    }

    private void TryAgain()
    {
        lock (_gate)
        {
            if (_obstacle is null || _isDisposed || (_own is null && !TryOpen()) || !TryRoll(0))
            {
                return;
            }

            _isBlocked = false;
            Volatile.Write(ref _obstacle, null);
            JournalLog.TakesAgain(_logger, _own!.Path);
        }
    }

    /// <summary>Writes to the disk what the flusher's callers wait for; false when it could not.</summary>
    private bool FlushWriter()
    {
        SegmentWriter? writer;
        lock (_gate)
        {
            writer = _writer;
            if (_isSealLost)
            {
                _isSealLost = false;
                return false;
            }
        }

        try
        {
            // Without one all is sealed, and flushed then.
            writer?.Flush();
            return true;
        }
        catch (ObjectDisposedException)
        {
            // Sealed in between, and flushed then.
            return true;
        }
        catch (IOException e)
        {
            _telling.CannotWrite(writer!.Segment.Path, e);
            lock (_gate)
            {
                if (_writer == writer)
                {
                    CloseWriter();
                }
            }

            return false;
        }
    }
}
