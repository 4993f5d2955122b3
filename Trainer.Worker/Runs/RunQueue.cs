using System.Text.Json;
using Analytics.Registry.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// The queue of training runs, which is the table <c>training_runs</c>: what operators do with it. What a worker does with a
/// run it claimed, how runs come in, and the history are in the other parts. All members are single statements or transactions, safe for any number of callers, and they use the
/// database's clock only. A database that does not answer is the caller's to retry (<see cref="NpgsqlException"/>).
/// </summary>
internal sealed partial class RunQueue(DbContextOptions<AnalyticsContext> database, RunTelemetry? telemetry = null)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The run, or null.</summary>
    public async Task<TrainingRun?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        return await context.TrainingRuns.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, cancellationToken);
    }

    /// <summary>True when a request with this key was ever queued.</summary>
    public async Task<bool> HasKeyAsync(string idempotencyKey, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        return await context.TrainingRuns.AnyAsync(r => r.IdempotencyKey == idempotencyKey, cancellationToken);
    }

    /// <summary>
    /// Asks to cancel: a queued run is cancelled at once, a running one when its worker sees it (at most a heartbeat later).
    /// Null when there is no such run or it has ended.
    /// </summary>
    /// <remarks>
    /// A queued run that has a version number was interrupted around its commit; only a worker can tell whether the version
    /// exists, so it is left for one to end.
    /// </remarks>
    public async Task<TrainingRun?> CancelAsync(Guid id, string requestedBy, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        var cancelled = await context.TrainingRuns.FromSqlRaw(
            """
            UPDATE training_runs SET
                cancel_requested_at = COALESCE(cancel_requested_at, now()),
                cancel_requested_by = COALESCE(cancel_requested_by, @by),
                ended_at = CASE WHEN state = 'queued' AND version IS NULL THEN now() END,
                state = CASE WHEN state = 'queued' AND version IS NULL THEN 'cancelled' ELSE state END
            WHERE id = @id AND state IN ('queued', 'running')
            RETURNING *
            """,
            new NpgsqlParameter<Guid>("id", id),
            Text("by", requestedBy)).AsNoTracking().ToListAsync(cancellationToken);
        if (cancelled is [{ State: RunState.Cancelled } ended])
        {
            telemetry?.RunEnded(ended.State, ended.Model);
        }

        return cancelled.SingleOrDefault();
    }

    private static NpgsqlParameter Text(string name, string? value) =>
        new(name, NpgsqlDbType.Text) { Value = value ?? (object)DBNull.Value };

    private static NpgsqlParameter Texts(string name, IReadOnlyList<string>? value) =>
        new(name, NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = value?.ToArray() ?? (object)DBNull.Value };
}
