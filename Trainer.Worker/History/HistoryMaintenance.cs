using Analytics.Registry.Database;
using Analytics.Trainer.Worker.Runs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Analytics.Trainer.Worker.History;

/// <summary>
/// Keeps the history in order for as long as the process lives: partitions are created ahead, rows that came before or after
/// their day's partition are moved into it, what is over retention goes, and erasures are carried out. Any number of trainers may run it: an
/// advisory lock lets one work at a time, and goes with its connection when that process dies. Nothing that goes wrong ends
/// it, and a step that fails does not keep the others from their work.
/// </summary>
internal sealed partial class HistoryMaintenance(
    DbContextOptions<AnalyticsContext> database, ErasureWork erasures, IOptions<HistoryOptions> options, TimeProvider time,
    ILogger<HistoryMaintenance> logger) : BackgroundService
{
    // Any constant will do; it only has to be the same in every process, and not the migrator's.
    private const long LockKey = 0x616e616c79746964;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);
    private static readonly string[] Tables = ["requests", "predictions"];

    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly HistoryOptions _options = options.Value;

    /// <summary>Lets the next pass begin now: there is an erasure to do.</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // The pass that is coming sees it too.
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    /// <summary>Does once what is to be done; false when another process is at it, or when a step failed (it is logged).</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        await context.Database.OpenConnectionAsync(cancellationToken);
        var connection = (NpgsqlConnection)context.Database.GetDbConnection();
        if (!await TryLockAsync(connection, cancellationToken))
        {
            return false;
        }

        try
        {
            return await RunStepsAsync(connection, cancellationToken);
        }
        finally
        {
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await using var unlock = new NpgsqlCommand("SELECT pg_advisory_unlock($1)", connection);
                unlock.Parameters.AddWithValue(LockKey);
                await unlock.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                failures = await RunAsync(stoppingToken) ? 0 : failures + 1;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                failures++;
                LogFailed(logger, "all of it", Outage.Reason(e), Outage.IsTransient(e) ? null : e);
            }

            await WaitAsync(Delay(failures), stoppingToken);
        }
    }

    private async Task<bool> RunStepsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var done = true;
        foreach (var table in Tables)
        {
            done &= await StepAsync($"the days of {table}", () => KeepDaysAsync(table, connection, today, cancellationToken));
        }

        done &= await StepAsync("feedback", () => DropFeedbackAsync(connection, today, cancellationToken));
        done &= await StepAsync("erasures", () => erasures.ApplyAsync(connection, today, cancellationToken));
        return done;
    }

    private async Task<bool> StepAsync(string what, Func<Task> step)
    {
        try
        {
            await step();
            return true;
        }
        // A lost connection is the whole pass's; here the database answers, and refuses: a lock not got in time, a name taken.
        catch (PostgresException e) when (!Outage.IsTransient(e) || e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            LogFailed(logger, what, e.MessageText, e.SqlState == PostgresErrorCodes.LockNotAvailable ? null : e);
            return false;
        }
    }

    private async Task KeepDaysAsync(string table, NpgsqlConnection connection, DateOnly today, CancellationToken cancellationToken)
    {
        var days = new DayPartitions(table, connection, _options.LockTimeout);
        var first = FirstKept(today, table == "requests" ? _options.RequestRetentionDays : _options.RetentionDays);
        var last = today.AddDays(_options.DaysAhead);
        var present = await days.ListAsync(cancellationToken);
        var missing = new SortedSet<DateOnly>(Enumerable.Range(0, _options.DaysAhead + 1).Select(today.AddDays));
        missing.UnionWith(await days.ListDaysInDefaultAsync(first, last, cancellationToken));
        missing.ExceptWith(present);
        // Today's first: it is the one being written.
        foreach (var day in missing.OrderBy(d => d < today).ThenBy(d => d))
        {
            var moved = await days.CreateAsync(day, cancellationToken);
            LogCreated(logger, table, day, moved);
        }

        foreach (var day in present.Where(d => d < first))
        {
            await days.DropAsync(day, cancellationToken);
            LogDropped(logger, table, day);
        }

        long deleted, total = 0;
        do
        {
            deleted = await days.DeleteFromDefaultAsync(first, _options.BatchRows, cancellationToken);
            total += deleted;
        }
        while (deleted == _options.BatchRows);
        if (total > 0)
        {
            LogDeleted(logger, total, $"{table}_default");
        }
    }

    /// <summary>Feedback lives as long as its prediction, whose time its id tells.</summary>
    private async Task DropFeedbackAsync(NpgsqlConnection connection, DateOnly today, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "DELETE FROM feedback WHERE prediction_id = ANY (ARRAY("
            + "SELECT prediction_id FROM feedback WHERE prediction_id < $1 ORDER BY prediction_id LIMIT $2))", connection);
        command.Parameters.AddWithValue(FirstIdOf(FirstKept(today, _options.RetentionDays)));
        command.Parameters.AddWithValue(_options.BatchRows);
        long deleted, total = 0;
        do
        {
            deleted = await command.ExecuteNonQueryAsync(cancellationToken);
            total += deleted;
        }
        while (deleted == _options.BatchRows);
        if (total > 0)
        {
            LogDeleted(logger, total, "feedback");
        }
    }

    /// <summary>The smallest UUIDv7 of a day: its 48 bits of milliseconds, the rest 0.</summary>
    internal static Guid FirstIdOf(DateOnly day)
    {
        Span<byte> id = stackalloc byte[16];
        var milliseconds = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeMilliseconds();
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(id, milliseconds << 16);
        return new Guid(id, bigEndian: true);
    }

    /// <summary>The first day that is kept: the whole days before today that retention says, and today.</summary>
    internal static DateOnly FirstKept(DateOnly today, int retentionDays) => today.AddDays(-retentionDays);

    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection);
        command.Parameters.AddWithValue(LockKey);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wake = _wake.WaitAsync(woken.Token);
        await Task.WhenAny(wake, Task.Delay(delay, time, woken.Token));
        await woken.CancelAsync();
        await ((Task)wake).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Not got the lock, or a step failed: sooner than the next regular pass, but not at once.
    private TimeSpan Delay(int failures)
    {
        var retry = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(failures - 1, 10)));
        retry = retry < LongestDelay ? retry : LongestDelay;
        return failures == 0 || retry > _options.MaintenanceInterval ? _options.MaintenanceInterval : retry;
    }

    [LoggerMessage(LogLevel.Information, "Created the partition of {Table} for {Day}; {Moved} rows were moved into it")]
    private static partial void LogCreated(ILogger logger, string table, DateOnly day, long moved);

    [LoggerMessage(LogLevel.Information, "Dropped the partition of {Table} for {Day}: it is over retention")]
    private static partial void LogDropped(ILogger logger, string table, DateOnly day);

    [LoggerMessage(LogLevel.Information, "Deleted {Rows} rows of {Table} that are over retention")]
    private static partial void LogDeleted(ILogger logger, long rows, string table);

    [LoggerMessage(LogLevel.Warning, "The history could not be looked after ({What}), it is tried again: {Reason}")]
    private static partial void LogFailed(ILogger logger, string what, string reason, Exception? error);
}
