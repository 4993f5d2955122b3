using System.Text.Json;
using Analytics.Registry.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// The queue of training runs, which is the table <c>training_runs</c>: what operators do with it. What a worker does with a
/// run it claimed is in the other part. All members are single statements, safe for any number of callers, and they use the
/// database's clock only. A database that does not answer is the caller's to retry (<see cref="NpgsqlException"/>).
/// </summary>
internal sealed partial class RunQueue(DbContextOptions<AnalyticsContext> database)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Queues a run. A known idempotency key queues nothing and returns the run that has it.</summary>
    public async Task<(TrainingRun Run, bool Created)> EnqueueAsync(RunRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var context = new AnalyticsContext(database);
        var created = await context.TrainingRuns.FromSqlRaw(
            """
            INSERT INTO training_runs (id, model, dataset, algorithm, label, include, exclude, parameters, choices, promote, requested_by,
                requested_at, idempotency_key, trace_parent, state, attempt, progress)
            VALUES (@id, @model, @dataset, @algorithm, @label, @include, @exclude, @parameters, @choices, @promote, @by,
                now(), @key, @trace, 'queued', 0, 0)
            ON CONFLICT (idempotency_key) DO NOTHING
            RETURNING *
            """,
            new NpgsqlParameter<Guid>("id", Guid.CreateVersion7()),
            Text("model", request.Model),
            Text("dataset", request.Dataset),
            Text("algorithm", request.Algorithm),
            Text("label", request.Label),
            Texts("include", request.Include),
            Texts("exclude", request.Exclude),
            new NpgsqlParameter("parameters", NpgsqlDbType.Jsonb) { Value = JsonSerializer.Serialize(request.Parameters, Json) },
            new NpgsqlParameter("choices", NpgsqlDbType.Jsonb)
            {
                Value = request.Choices is { } choices ? JsonSerializer.Serialize(choices, Json) : DBNull.Value,
            },
            Text("promote", EnumNames.Of(request.Promote)),
            Text("by", request.RequestedBy),
            Text("key", request.IdempotencyKey),
            Text("trace", request.TraceParent)).AsNoTracking().ToListAsync(cancellationToken);
        if (created is [var run])
        {
            return (run, true);
        }

        // Only the idempotency key can conflict, and rows are never removed: the run is there.
        return (await context.TrainingRuns.AsNoTracking()
            .SingleAsync(r => r.IdempotencyKey == request.IdempotencyKey, cancellationToken), false);
    }

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

    /// <summary>The newest runs first, of one model or state where given.</summary>
    public async Task<IReadOnlyList<TrainingRun>> ListAsync(
        string? model, RunState? state, int limit, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        return await context.TrainingRuns.AsNoTracking()
            .Where(r => (model == null || r.Model == model) && (state == null || r.State == state))
            .OrderByDescending(r => r.RequestedAt).ThenByDescending(r => r.Id)
            .Take(limit)
            .ToListAsync(cancellationToken);
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
        return cancelled.SingleOrDefault();
    }

    private static NpgsqlParameter Text(string name, string? value) =>
        new(name, NpgsqlDbType.Text) { Value = value ?? (object)DBNull.Value };

    private static NpgsqlParameter Texts(string name, IReadOnlyList<string>? value) =>
        new(name, NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = value?.ToArray() ?? (object)DBNull.Value };
}
