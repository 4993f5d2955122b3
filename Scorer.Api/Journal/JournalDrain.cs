using System.Net.Sockets;
using Analytics.Scorer.Api.Journal.Segments;
using Analytics.Scorer.Api.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Analytics.Scorer.Api.Journal;

/// <summary>
/// Drains the journal into the database, a batch at a time and in order. While the database is away it tries again with
/// growing delays and the journal grows on the disk, not in memory. When the service stops it drains what is left within the
/// host's time for stopping; the rest stays for the next start.
/// </summary>
internal sealed class JournalDrain(
    DiskJournal journal, PostgresHistory history, JournalMetrics metrics, IOptions<JournalOptions> options, TimeProvider time,
    ILogger<JournalDrain> logger) : BackgroundService
{
    /// <summary>So many waiting bytes are stored without further ones.</summary>
    private const long WorthABatch = 512 * 1024;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AdoptInterval = TimeSpan.FromSeconds(30);

    private readonly JournalOptions _options = options.Value;
    private readonly CancellationTokenSource _timeIsUp = new();
    private readonly Dictionary<JournalSlot, JournalCursor> _cursors = [];
    private readonly DrainBatch _batch = new();
    private Task? _stopped;
    private long _adopted = time.GetTimestamp();
    private int _failures;
    private bool _isStopping;

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        // A host may be stopped twice at once; there is one batch, and one to drain it.
        lock (_timeIsUp)
        {
            return _stopped ??= DrainAllAsync(cancellationToken);
        }
    }

    public override void Dispose()
    {
        foreach (var cursor in _cursors.Values)
        {
            cursor.Dispose();
        }

        _timeIsUp.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            // A batch under way is finished, not cancelled, when the service stops: StopAsync waits for it.
            bool more;
            try
            {
                more = await DrainAsync(_timeIsUp.Token);
            }
            catch (OperationCanceledException) when (_timeIsUp.IsCancellationRequested)
            {
                return;
            }

            if (!more || _failures > 0)
            {
                await Task.Delay(_failures > 0 ? RetryDelay() : _options.Linger, time, stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (time.GetElapsedTime(_adopted) > AdoptInterval)
            {
                _adopted = time.GetTimestamp();
                journal.Adopt();
            }
        }
    }

    private async Task DrainAllAsync(CancellationToken cancellationToken)
    {
        // Ends the loop after the batch under way; requests have ended before, for the server stops first.
        await using var hard = cancellationToken.Register(_timeIsUp.Cancel);
        await base.StopAsync(CancellationToken.None);
        _isStopping = true;
        journal.Seal();
        try
        {
            while (await DrainAsync(cancellationToken) || _failures > 0)
            {
                if (_failures > 0)
                {
                    await Task.Delay(RetryDelay(), time, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host's time is up: what is left is told below.
        }

        JournalLog.Stopped(logger, journal.Count, _options.Folder);
    }

    /// <summary>Stores the next batch of each slot; true when there is more to do at once.</summary>
    private async Task<bool> DrainAsync(CancellationToken cancellationToken)
    {
        var more = false;
        foreach (var slot in journal.Slots)
        {
            if (!_cursors.TryGetValue(slot, out var cursor))
            {
                _cursors.Add(slot, cursor = new JournalCursor(slot, journal));
            }

            more |= await DrainAsync(cursor, cancellationToken);
            if (cursor.IsDone && !journal.IsOwn(slot))
            {
                _cursors.Remove(slot);
                cursor.Dispose();
                journal.Release(slot);
            }
        }

        return more;
    }

    private async Task<bool> DrainAsync(JournalCursor cursor, CancellationToken cancellationToken)
    {
        if (cursor.IsIdle)
        {
            return false;
        }

        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(_options.WriteTimeout);
        try
        {
            if (!cursor.IsPlaced)
            {
                var positions = await history.ReadPositionsAsync(cursor.Journals, bounded.Token);
                if (!TryRead(cursor, () => cursor.Place(positions)))
                {
                    return false;
                }
            }

            var hasRecords = false;
            if (!TryRead(cursor, () => hasRecords = cursor.Read(_batch, _options.MaxBatchRows)))
            {
                return false;
            }

            if (hasRecords)
            {
                await StoreAsync(cursor, bounded.Token);
            }

            Succeeded();
            return _isStopping ? !cursor.IsIdle : cursor.Waiting >= WorthABatch;
        }
        catch (JournalMovedException e)
        {
            JournalLog.Moved(logger, e.JournalId);
            cursor.Lose();
            return true;
        }
        catch (Exception e) when (IsAway(e))
        {
            // The commit may have got through and only its answer been lost: the position in the database will tell.
            metrics.Failed();
            cursor.Lose();
            if (_failures++ == 0)
            {
                JournalLog.Away(logger, e, journal.Count);
            }

            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    private async Task StoreAsync(JournalCursor cursor, CancellationToken cancellationToken)
    {
        using var span = ScorerTelemetry.Source.StartActivity("drain");
        span?.SetTag("records", _batch.Frames.Count).SetTag("rows", _batch.Rows);
        var started = time.GetTimestamp();
        try
        {
            var stored = await StoreAsync(cursor, 0, _batch.Frames.Count, cancellationToken);
            metrics.Written(stored.Requests, stored.Predictions, time.GetElapsedTime(started));
        }
        finally
        {
            cursor.End(_batch);
        }
    }

    /// <summary>
    /// Stores a part of the batch. When the database is there and refuses the data, the part is halved until the record that it will
    /// never take is alone; that one is left out.
    /// </summary>
    private async Task<StoredRows> StoreAsync(JournalCursor cursor, int first, int count, CancellationToken cancellationToken)
    {
        try
        {
            return await TryStoreAsync(cursor, first, count, onlyMove: false, cancellationToken);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            metrics.Failed();
            if (count > 1)
            {
                if (count == _batch.Frames.Count)
                {
                    JournalLog.RefusedBatch(logger, e, count);
                }

                var half = count / 2;
                return await StoreAsync(cursor, first, half, cancellationToken)
                    + await StoreAsync(cursor, first + half, count - half, cancellationToken);
            }

            var skipped = await TryStoreAsync(cursor, first, count, onlyMove: true, cancellationToken);
            metrics.Dropped(1, "refused");
            JournalLog.Refused(logger, e, _batch.Segment.Path, _batch.Frames[first].Offset);
            return skipped;
        }
    }

    private async Task<StoredRows> TryStoreAsync(
        JournalCursor cursor, int first, int count, bool onlyMove, CancellationToken cancellationToken)
    {
        var stored = await history.StoreAsync(_batch, first, count, onlyMove, cursor.Committed(_batch), cancellationToken);
        cursor.Advance(_batch, count, _batch.Frames[first + count - 1].End);
        return stored;
    }

    /// <summary>Reads from the journal's files; false when that failed, to be tried again later.</summary>
    private bool TryRead(JournalCursor cursor, Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            cursor.ForgetVanished();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            journal.Telling.CannotRead(cursor.Slot.Path, e);
            cursor.Lose();
        }

        _failures++;
        return false;
    }

    private void Succeeded()
    {
        if (_failures > 0)
        {
            JournalLog.Back(logger, journal.Count);
        }

        _failures = 0;
    }

    // Class 22: data exception, 23: integrity violation. All else (no table yet, no disk, shutting down) may pass.
    private static bool IsRefusal(Exception e) =>
        e is InvalidDataException || (e is PostgresException { SqlState: var state }
            && (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal)));

    private static bool IsAway(Exception e) =>
        e is NpgsqlException or SocketException or IOException or TimeoutException or OperationCanceledException;

    private TimeSpan RetryDelay()
    {
        var delay = FirstDelay * Math.Pow(2, Math.Min(_failures - 1, 10));
        return delay < _options.MaxRetryDelay ? delay : _options.MaxRetryDelay;
    }
}
