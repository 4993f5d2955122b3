using System.Text.Json;
using Analytics.Registry.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Analytics.Trainer.Worker.Runs;

/// <content>What a worker does: every write carries the lease's token, and changes nothing without it.</content>
internal sealed partial class RunQueue
{
    /// <summary>
    /// Claims the oldest run that is queued or whose worker let its lease expire; null when there is none. A run that was
    /// attempted <paramref name="maxAttempts"/> times fails instead, unless it has a version number: its version may be
    /// committed, so it is handed out a few times more, to be completed only.
    /// </summary>
    public async Task<RunLease?> ClaimAsync(string worker, TimeSpan lease, int maxAttempts, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        var givenUp = await context.TrainingRuns.FromSqlRaw(
            """
            UPDATE training_runs SET state = CASE WHEN cancel_requested_at IS NULL THEN 'failed' ELSE 'cancelled' END,
                ended_at = now(), lease_token = NULL, lease_expires_at = NULL,
                error = 'Given up after ' || attempt || ' attempts that ended without a result: the worker or its machine stopped '
                    || 'each time. See the trainer''s log of worker ' || COALESCE(worker, '?') || ', then queue the run again.'
            WHERE id IN (
                SELECT id FROM training_runs
                WHERE state IN ('queued', 'running') AND (state = 'queued' OR lease_expires_at < now())
                    AND attempt >= @max + CASE WHEN version IS NULL THEN 0 ELSE 3 END
                FOR UPDATE SKIP LOCKED)
            RETURNING *
            """,
            new NpgsqlParameter<int>("max", maxAttempts)).AsNoTracking().ToListAsync(cancellationToken);
        givenUp.ForEach(r => telemetry?.RunEnded(r.State, r.Model));

        var token = Guid.NewGuid();
        var claimed = await context.TrainingRuns.FromSqlRaw(
            """
            WITH next AS (
                SELECT id FROM training_runs
                WHERE state IN ('queued', 'running') AND (state = 'queued' OR lease_expires_at < now())
                ORDER BY requested_at, id
                LIMIT 1
                FOR UPDATE SKIP LOCKED)
            UPDATE training_runs r SET
                state = 'running', attempt = attempt + 1, worker = @worker, lease_token = @token, lease_expires_at = now() + @lease,
                started_at = now(), stage = NULL, progress = 0, error = NULL, trace_id = NULL,
                rows = NULL, rows_per_second = NULL, remaining_seconds = NULL
            FROM next WHERE r.id = next.id
            RETURNING r.*
            """,
            Text("worker", worker),
            new NpgsqlParameter<Guid>("token", token),
            new NpgsqlParameter<TimeSpan>("lease", lease)).AsNoTracking().ToListAsync(cancellationToken);
        return claimed is [var run] ? new RunLease(run, token) : null;
    }

    /// <summary>
    /// Extends the lease. An expired lease that nobody claimed meanwhile is still ours: a worker that was cut off from the
    /// database for a while need not throw its work away.
    /// </summary>
    public async Task<Heartbeat> BeatAsync(RunLease lease, TimeSpan extension, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lease);
        await using var context = new AnalyticsContext(database);
        var cancelRequested = await context.Database.SqlQueryRaw<bool>(
            """
            UPDATE training_runs SET lease_expires_at = now() + @lease
            WHERE id = @id AND lease_token = @token AND state = 'running'
            RETURNING cancel_requested_at IS NOT NULL AS "Value"
            """,
            [.. Key(lease), new NpgsqlParameter<TimeSpan>("lease", extension)]).ToListAsync(cancellationToken);
        return cancelRequested is [var requested] ? new Heartbeat(true, requested) : new Heartbeat(false, false);
    }

    /// <summary>What <see cref="BeatAsync"/> tells, without extending the lease.</summary>
    public async Task<Heartbeat> LookAsync(RunLease lease, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lease);
        await using var context = new AnalyticsContext(database);
        var cancelRequested = await context.Database.SqlQueryRaw<bool>(
            """
            SELECT cancel_requested_at IS NOT NULL AS "Value" FROM training_runs
            WHERE id = @id AND lease_token = @token AND state = 'running'
            """,
            Key(lease)).ToListAsync(cancellationToken);
        return cancelRequested is [var requested] ? new Heartbeat(true, requested) : new Heartbeat(false, false);
    }

    /// <summary>Tells where the attempt is, and the trace. False when the lease is lost.</summary>
    public Task<bool> ReportAsync(RunLease lease, Position position, string? traceId, CancellationToken cancellationToken) =>
        WriteAsync(
            lease,
            """
            stage = @stage, progress = @progress, trace_id = COALESCE(@trace, trace_id),
            rows = @rows, rows_per_second = @pace, remaining_seconds = @remaining
            """,
            cancellationToken,
            Text("stage", position.Stage),
            new NpgsqlParameter<double>("progress", Math.Clamp(position.Progress, 0, 1)),
            Text("trace", traceId),
            new NpgsqlParameter("rows", NpgsqlDbType.Bigint) { Value = position.Rows ?? (object)DBNull.Value },
            new NpgsqlParameter("pace", NpgsqlDbType.Double) { Value = position.RowsPerSecond ?? (object)DBNull.Value },
            new NpgsqlParameter("remaining", NpgsqlDbType.Double) { Value = position.Remaining?.TotalSeconds ?? (object)DBNull.Value });

    /// <summary>
    /// Reserves a version number for the run, or returns the one it has when that is above <paramref name="above"/>: the
    /// highest number that is known to be taken. No other run gets the same number, whatever becomes of this one.
    /// </summary>
    /// <exception cref="LeaseLostException">The lease is lost.</exception>
    public async Task<int> ReserveVersionAsync(RunLease lease, int above, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lease);
        while (true)
        {
            await using var context = new AnalyticsContext(database);
            try
            {
                var reserved = await context.Database.SqlQueryRaw<int>(
                    """
                    UPDATE training_runs SET version = CASE WHEN version > @above THEN version ELSE 1 + GREATEST(@above,
                        COALESCE((SELECT max(o.version) FROM training_runs o WHERE o.model = training_runs.model), 0)) END
                    WHERE id = @id AND lease_token = @token AND state = 'running'
                    RETURNING version AS "Value"
                    """,
                    [.. Key(lease), new NpgsqlParameter<int>("above", above)]).ToListAsync(cancellationToken);
                return reserved is [var version] ? version : throw new LeaseLostException(lease.RunId);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                // Another run reserved the same number between the sub-select and the write; its row is visible now.
            }
        }
    }

    /// <summary>Ends the run with its committed version. False when the lease is lost.</summary>
    public Task<bool> CompleteAsync(RunLease lease, RunResult result, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(result);
        return WriteAsync(
            lease,
            "state = 'succeeded', progress = 1, remaining_seconds = 0, version = @version, result = @result, error = NULL, " + Ended,
            cancellationToken,
            new NpgsqlParameter<int>("version", result.Version),
            new NpgsqlParameter("result", NpgsqlDbType.Jsonb) { Value = JsonSerializer.Serialize(result, Json) });
    }

    /// <summary>Ends the run with the sentence that says why there is no version. False when the lease is lost.</summary>
    public Task<bool> FailAsync(RunLease lease, string error, CancellationToken cancellationToken) =>
        WriteAsync(lease, "state = 'failed', error = @error, " + Ended, cancellationToken, Text("error", error));

    /// <summary>Ends the run as cancelled. False when the lease is lost.</summary>
    public Task<bool> CancelAsync(RunLease lease, CancellationToken cancellationToken) =>
        WriteAsync(lease, "state = 'cancelled', " + Ended, cancellationToken);

    /// <summary>
    /// After an attempt that ended without a result: queues the run again, or fails it when that was its last attempt. False
    /// when the lease is lost.
    /// </summary>
    public Task<bool> RetryAsync(RunLease lease, string error, int maxAttempts, CancellationToken cancellationToken) =>
        WriteAsync(
            lease,
            """
            state = CASE WHEN attempt < @max THEN 'queued' ELSE 'failed' END, error = @error,
            ended_at = CASE WHEN attempt < @max THEN NULL ELSE now() END, lease_token = NULL, lease_expires_at = NULL
            """,
            cancellationToken,
            Text("error", error),
            new NpgsqlParameter<int>("max", maxAttempts));

    /// <summary>Gives the run back, as if it had not been claimed: the worker stops through no fault of the run.</summary>
    public Task<bool> ReleaseAsync(RunLease lease, CancellationToken cancellationToken) =>
        WriteAsync(
            lease,
            """
            state = 'queued', attempt = attempt - 1, stage = NULL, progress = 0, started_at = NULL,
            rows = NULL, rows_per_second = NULL, remaining_seconds = NULL,
            lease_token = NULL, lease_expires_at = NULL
            """,
            cancellationToken);

    private const string Ended = "ended_at = now(), lease_token = NULL, lease_expires_at = NULL";

    private async Task<bool> WriteAsync(
        RunLease lease, string assignments, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        ArgumentNullException.ThrowIfNull(lease);
        await using var context = new AnalyticsContext(database);
        var sql = $"UPDATE training_runs SET {assignments} WHERE id = @id AND lease_token = @token AND state = 'running'";
        return await context.Database.ExecuteSqlRawAsync(sql, [.. Key(lease), .. parameters], cancellationToken) == 1;
    }

    private static NpgsqlParameter[] Key(RunLease lease) =>
        [new NpgsqlParameter<Guid>("id", lease.RunId), new NpgsqlParameter<Guid>("token", lease.Token)];
}
