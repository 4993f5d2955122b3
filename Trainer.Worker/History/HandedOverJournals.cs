using Analytics.Registry.Database;
using Analytics.Registry.Journal;
using Analytics.Registry.Journal.Segments;
using Analytics.Registry.Store;
using Analytics.Trainer.Worker.Runs;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Analytics.Trainer.Worker.History;

/// <summary>
/// Stores what scorers have handed over (docs/journal.md), for as long as the process lives. A batch and the journal's position commit in
/// one transaction, as when the scorer stores it; an object is deleted when the database has all of it. So whatever ends in between, here or
/// there, nothing is lost and nothing stored twice. Any number of trainers may run it: an advisory lock lets one work at a time.
/// </summary>
internal sealed partial class HandedOverJournals(
    IModelStore store, AnalyticsDataSource database, WorkFolder folder, RunTelemetry telemetry, IOptions<HistoryOptions> options,
    TimeProvider time, ILogger<HandedOverJournals> logger) : BackgroundService
{
    // Any constant will do; it only has to be the same in every process, and nobody else's.
    private const long LockKey = 0x616e616c79746965;

    /// <summary>The rows that are stored at once, as many as a scorer stores.</summary>
    private const int MaxBatchRows = 20_000;

    private readonly PostgresHistory _history = new(database, new FeedbackTable());
    private readonly DrainBatch _batch = new();

    /// <summary>Stores once what is there.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var journals = await ListAsync(cancellationToken);
        if (journals.Count == 0)
        {
            return;
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (!await CallAsync(connection, "SELECT pg_try_advisory_lock($1)", cancellationToken))
        {
            return;
        }

        try
        {
            foreach (var (journal, numbers) in journals)
            {
                await StoreJournalAsync(journal, numbers, cancellationToken);
            }
        }
        finally
        {
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await CallAsync(connection, "SELECT pg_advisory_unlock($1)", CancellationToken.None);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailed(logger, Outage.Reason(e), options.Value.HandedOverInterval, Outage.IsTransient(e) ? null : e);
            }

            await Task.Delay(options.Value.HandedOverInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The segments that are there, of each journal in their order.</summary>
    private async Task<Dictionary<Guid, List<long>>> ListAsync(CancellationToken cancellationToken)
    {
        var journals = new Dictionary<Guid, List<long>>();
        var segments = 0;
        await foreach (var entry in store.ListAsync(HandedOverKeys.Prefix, cancellationToken))
        {
            if (HandedOverKeys.TryParse(entry.Key, out var segment))
            {
                segments++;
                var (journal, number) = segment.Value;
                if (!journals.TryGetValue(journal, out var numbers))
                {
                    journals.Add(journal, numbers = []);
                }

                numbers.Add(number);
            }
        }

        telemetry.SegmentsWaiting = segments;
        return journals;
    }

    // In their order, and no further than the first that cannot be stored: the position would pass what is before it.
    private async Task StoreJournalAsync(Guid journal, List<long> numbers, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var number in numbers.Order())
            {
                if (!await StoreSegmentAsync(journal, number, cancellationToken))
                {
                    return;
                }

                await store.DeleteAsync(HandedOverKeys.Segment(journal, number), cancellationToken);
                telemetry.SegmentsWaiting--;
            }
        }
        catch (JournalMovedException)
        {
            // The scorer is back on its own files; the next look sees what is left.
            LogMoved(logger, journal);
        }
        catch (StoreException e) when (!e.IsTransient)
        {
            // One journal's fault is not the others'.
            LogFailed(logger, e.Message, options.Value.HandedOverInterval, e);
        }
    }

    /// <summary>True when the database has all of the segment.</summary>
    private async Task<bool> StoreSegmentAsync(Guid journal, long number, CancellationToken cancellationToken)
    {
        var position = (await _history.ReadPositionsAsync([journal], cancellationToken)).TryGetValue(journal, out var reached)
            ? reached
            : (JournalPosition?)null;
        if (position?.Segment > number)
        {
            return true;
        }

        using var scratch = folder.Create("journal");
        var key = HandedOverKeys.Segment(journal, number);
        var path = scratch.File(SegmentFormat.FileName(number));
        if (!await FetchAsync(key, path, cancellationToken))
        {
            // Another trainer has stored and deleted it since the listing.
            return true;
        }

        var segment = SegmentScan.Describe(path, number, journal, out _);
        if (segment.IsNewer)
        {
            LogNewer(logger, key);
            return false;
        }

        if (position?.Segment == number)
        {
            segment.SettledOffset = reached.Offset;
        }

        var intake = new SegmentIntake(position, key, logger);
        await StoreRecordsAsync(segment, intake, key, cancellationToken);
        return true;
    }

    private async Task StoreRecordsAsync(SegmentFile segment, SegmentIntake intake, string key, CancellationToken cancellationToken)
    {
        var writer = new BatchWriter(_history);
        var stored = default(StoredRows);
        using var reader = new SegmentReader(segment, intake.Damaged);
        while (reader.Read(_batch, MaxBatchRows))
        {
            var rows = await writer.StoreAsync(_batch, intake, cancellationToken);
            telemetry.HistoryStored(rows.Requests, rows.Predictions);
            stored += rows;
        }

        LogStored(logger, key, stored.Requests, stored.Predictions);
    }

    private async Task<bool> FetchAsync(string key, string path, CancellationToken cancellationToken)
    {
        await using var found = await store.OpenAsync(key, cancellationToken);
        if (found is null)
        {
            return false;
        }

        await using var file = File.Create(path);
        await found.Content.CopyToAsync(file, cancellationToken);
        return true;
    }

    private static async Task<bool> CallAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        command.Parameters.AddWithValue(LockKey);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    [LoggerMessage(LogLevel.Information, "Stored {Key}, handed over by a scorer: {Requests} requests, {Predictions} predictions")]
    private static partial void LogStored(ILogger logger, string key, int requests, int predictions);

    [LoggerMessage(LogLevel.Information, "Journal {Journal} is being stored by its scorer too; what is left is looked at again")]
    private static partial void LogMoved(ILogger logger, Guid journal);

    [LoggerMessage(LogLevel.Warning, "{Key} is of a newer format than this version reads; it and what follows it stay for a newer trainer")]
    private static partial void LogNewer(ILogger logger, string key);

    [LoggerMessage(LogLevel.Warning, "What scorers have handed over cannot be stored now: {Reason} Tried again in {Interval}")]
    private static partial void LogFailed(ILogger logger, string reason, TimeSpan interval, Exception? error);
}
