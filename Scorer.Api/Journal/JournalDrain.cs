using System.Net.Sockets;
using Analytics.Registry.Journal;
using Analytics.Registry.Journal.Segments;
using Analytics.Scorer.Api.Journal.Segments;
using Analytics.Scorer.Api.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Analytics.Scorer.Api.Journal;

/// <summary>
/// Drains the journal into the database, a batch at a time and in order. While the database is away it tries again with
/// growing delays and the journal grows on the disk, not in memory. When the service stops it drains what is left within the
/// host's time for stopping, or until the database has been away for <see cref="JournalOptions.StopPatience"/>; the rest stays for the
/// next start, and is handed over where <see cref="JournalOptions.HandOver"/> is set.
/// </summary>
internal sealed class JournalDrain(
    DiskJournal journal, PostgresHistory history, JournalHandOver handOver, JournalMetrics metrics, IOptions<JournalOptions> options,
    TimeProvider time, ILogger<JournalDrain> logger) : BackgroundService
{
    /// <summary>So many waiting bytes are stored without further ones.</summary>
    private const long WorthABatch = 512 * 1024;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AdoptInterval = TimeSpan.FromSeconds(30);

    private readonly JournalOptions _options = options.Value;
    private readonly CancellationTokenSource _timeIsUp = new();
    private readonly Dictionary<JournalSlot, JournalCursor> _cursors = [];
    private readonly DrainBatch _batch = new();
    private readonly BatchWriter _writer = new(history);
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
        await using (cancellationToken.Register(_timeIsUp.Cancel))
        {
            _timeIsUp.CancelAfter(_options.StopPatience);
            await base.StopAsync(CancellationToken.None);
        }

        _isStopping = true;
        journal.Seal();
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            handOver.KeepTime(limit);
            try
            {
                await DrainRestAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                // The time is up: what is left is told below.
            }
        }

        await handOver.HandOverAsync(cancellationToken);
        JournalLog.Stopped(logger, journal.Count, _options.Folder);
    }

    private async Task DrainRestAsync(CancellationToken cancellationToken)
    {
        var lastStored = time.GetTimestamp();
        while (await DrainAsync(cancellationToken) || _failures > 0)
        {
            if (_failures == 0)
            {
                lastStored = time.GetTimestamp();
                continue;
            }

            if (time.GetElapsedTime(lastStored) >= _options.StopPatience)
            {
                return;
            }

            await Task.Delay(RetryDelay(), time, cancellationToken);
        }
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
        // A database that does not even answer must not take the whole time of a stop.
        bounded.CancelAfter(_isStopping && _options.StopPatience < _options.WriteTimeout ? _options.StopPatience : _options.WriteTimeout);
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
            var stored = await _writer.StoreAsync(_batch, cursor, cancellationToken);
            metrics.Written(stored.Requests, stored.Predictions, time.GetElapsedTime(started));
        }
        finally
        {
            cursor.End(_batch);
        }
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

    private static bool IsAway(Exception e) =>
        e is NpgsqlException or SocketException or IOException or TimeoutException or OperationCanceledException;

    private TimeSpan RetryDelay()
    {
        var delay = FirstDelay * Math.Pow(2, Math.Min(_failures - 1, 10));
        return delay < _options.MaxRetryDelay ? delay : _options.MaxRetryDelay;
    }
}
