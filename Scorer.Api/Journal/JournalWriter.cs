using System.Net.Sockets;
using Analytics.Scorer.Api.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Analytics.Scorer.Api.Journal;

/// <summary>
/// Drains the journal into the database, a batch at a time and in order. While the database is away it tries again with
/// growing delays and the journal grows; each record is stored exactly once. When the service stops it drains what is left
/// within the host's time for stopping, and says how many it could not.
/// </summary>
internal sealed class JournalWriter(
    MemoryJournal journal, PostgresHistory history, JournalMetrics metrics, IOptions<JournalOptions> options, TimeProvider time,
    ILogger<JournalWriter> logger) : BackgroundService
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);

    private readonly JournalOptions _options = options.Value;
    private readonly CancellationTokenSource _timeIsUp = new();
    private List<JournalRecord> _batch = [];
    private Task? _stopped;
    private bool _mayBeStored;
    private bool _oneByOne;
    private int _failures;

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
        _timeIsUp.Dispose();
        base.Dispose();
    }

    private async Task DrainAllAsync(CancellationToken cancellationToken)
    {
        // Ends the loop after the batch under way; requests have ended before, for the server stops first.
        await using var hard = cancellationToken.Register(_timeIsUp.Cancel);
        await base.StopAsync(CancellationToken.None);
        try
        {
            while (await DrainAsync(cancellationToken))
            {
                if (_failures > 0)
                {
                    await Task.Delay(RetryDelay(), time, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host's time is up: what is left is counted below.
        }

        JournalLog.Stopped(logger, journal.Count);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            // A batch under way is finished, not cancelled, when the service stops: StopAsync waits for it.
            bool more;
            try
            {
                more = await DrainAsync(_timeIsUp.Token) && _failures == 0;
            }
            catch (OperationCanceledException) when (_timeIsUp.IsCancellationRequested)
            {
                return;
            }

            // Less than a batch waits: more gathers in the meantime.
            if (!more || journal.Count < _options.MaxBatchRows)
            {
                await Task.Delay(_failures > 0 ? RetryDelay() : _options.Linger, time, stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Stores the next batch; true when there may be more to do at once.</summary>
    private async Task<bool> DrainAsync(CancellationToken cancellationToken)
    {
        var rows = _batch.Sum(r => r.Rows?.Count ?? 0);
        while (rows + _batch.Count < _options.MaxBatchRows && _failures == 0 && journal.TryTake(out var record))
        {
            _batch.Add(record);
            rows += record.Rows?.Count ?? 0;
        }

        if (_batch.Count == 0)
        {
            return false;
        }

        if (await TryStoreAsync(_batch, rows, cancellationToken))
        {
            journal.Stored(_batch);
            _batch = [];
        }

        return journal.Count > 0;
    }

    private async Task<bool> TryStoreAsync(List<JournalRecord> batch, int rows, CancellationToken cancellationToken)
    {
        using var span = ScorerTelemetry.Source.StartActivity("drain");
        span?.SetTag("records", batch.Count).SetTag("rows", rows);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(_options.WriteTimeout);
        var started = time.GetTimestamp();
        if (_oneByOne)
        {
            return await StoreOneByOneAsync(batch, bounded.Token);
        }

        try
        {
            if (!_mayBeStored || !await history.ContainsAsync(batch.Find(r => r.Request is not null) ?? batch[0], bounded.Token))
            {
                await history.StoreAsync(batch, bounded.Token);
            }

            metrics.Written(batch.Count, rows, time.GetElapsedTime(started));
            if (_failures > 0)
            {
                JournalLog.Back(logger, journal.Count);
            }

            _failures = 0;
            _mayBeStored = false;
            return true;
        }
        catch (PostgresException e) when (IsRefusal(e))
        {
            metrics.Failed();
            JournalLog.RefusedBatch(logger, e, batch.Count);
            _oneByOne = true;
            return await StoreOneByOneAsync(batch, bounded.Token);
        }
        catch (Exception e) when (IsAway(e))
        {
            metrics.Failed();
            // The commit may have got through and only its answer been lost: looked up before the batch is sent again.
            _mayBeStored = true;
            if (_failures++ == 0)
            {
                JournalLog.Away(logger, e, journal.Count);
            }

            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    /// <summary>
    /// The database is there and refuses the data. Each record is tried alone, so that one it will never take does not keep
    /// the others from being stored; true when all are settled.
    /// </summary>
    private async Task<bool> StoreOneByOneAsync(List<JournalRecord> batch, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var record in batch)
            {
                try
                {
                    if (!await history.ContainsAsync(record, cancellationToken))
                    {
                        await history.StoreAsync([record], cancellationToken);
                    }
                }
                catch (PostgresException e) when (IsRefusal(e))
                {
                    metrics.Dropped(1, "refused");
                    JournalLog.Refused(logger, e, record.Request?.Id ?? record.Feedback!.PredictionId);
                }
            }

            _failures = 0;
            _mayBeStored = false;
            _oneByOne = false;
            return true;
        }
        catch (Exception e) when (IsAway(e))
        {
            // Went away in between: what was stored alone is found by its id next time.
            JournalLog.Away(logger, e, journal.Count);
            _failures++;
            return false;
        }
    }

    // Class 22: data exception, 23: integrity violation. All else (no table yet, no disk, shutting down) may pass.
    private static bool IsRefusal(PostgresException e) =>
        e.SqlState.StartsWith("22", StringComparison.Ordinal) || e.SqlState.StartsWith("23", StringComparison.Ordinal);

    private static bool IsAway(Exception e) =>
        e is NpgsqlException or SocketException or IOException or TimeoutException or OperationCanceledException;

    private TimeSpan RetryDelay()
    {
        var delay = FirstDelay * Math.Pow(2, Math.Min(_failures - 1, 10));
        return delay < _options.MaxRetryDelay ? delay : _options.MaxRetryDelay;
    }
}
