using System.Text.Json;
using Analytics.Registry.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Analytics.Trainer.Worker.Runs;

/// <content>How runs come in: once for each idempotency key, within the bound of the queue, duplicates as asked.</content>
internal sealed partial class RunQueue
{
    // Any constant will do that is the same in every process and nobody else's.
    private const long IntakeLock = 0x616e616c71756575;

    /// <summary>Queues a run, however many wait. A known idempotency key queues nothing and returns the run that has it.</summary>
    public async Task<(TrainingRun Run, bool Created)> EnqueueAsync(RunRequest request, CancellationToken cancellationToken)
    {
        var intake = await EnqueueAsync(request, DuplicatePolicy.Allow, int.MaxValue, cancellationToken);
        return (intake.Run!, intake.Outcome == IntakeOutcome.Created);
    }

    /// <summary>
    /// Queues a run unless the request is known by its key, a queued run of the model asks for the same and
    /// <paramref name="duplicate"/> forbids a second one, or <paramref name="maxQueued"/> runs wait already: looked at in this order. Callers
    /// take turns, so the bound and the policy hold for any number of them.
    /// </summary>
    public async Task<Intake> EnqueueAsync(
        RunRequest request, DuplicatePolicy duplicate, int maxQueued, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var context = new AnalyticsContext(database);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // A process that is stopped between two of these statements must not keep everybody else's requests waiting.
        await context.Database.ExecuteSqlRawAsync("SET LOCAL idle_in_transaction_session_timeout = '5s'", cancellationToken);
        await context.Database.ExecuteSqlRawAsync("SELECT pg_advisory_xact_lock({0})", [IntakeLock], cancellationToken);
        var intake = await LookAsync(context, request, duplicate, maxQueued, cancellationToken)
            ?? new Intake(IntakeOutcome.Created, await InsertAsync(context, request, cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return intake;
    }

    // Null when the run is to be queued.
    private static async Task<Intake?> LookAsync(
        AnalyticsContext context, RunRequest request, DuplicatePolicy duplicate, int maxQueued, CancellationToken cancellationToken)
    {
        var runs = context.TrainingRuns.AsNoTracking();
        if (request.IdempotencyKey is { } key
            && await runs.SingleOrDefaultAsync(r => r.IdempotencyKey == key, cancellationToken) is { } known)
        {
            return new Intake(IntakeOutcome.Known, known);
        }

        var queued = runs.Where(r => r.State == RunState.Queued);
        if (duplicate != DuplicatePolicy.Allow)
        {
            var same = (await queued.Where(r => r.Model == request.Model && r.CancelRequestedAt == null)
                .OrderBy(r => r.RequestedAt).ToListAsync(cancellationToken)).Find(request.Matches);
            if (same is not null)
            {
                if (duplicate == DuplicatePolicy.Merge && same.IdempotencyKey is null && request.IdempotencyKey is not null)
                {
                    // The request repeated later must find the run that it was merged into.
                    await context.Database.ExecuteSqlAsync(
                        $"UPDATE training_runs SET idempotency_key = {request.IdempotencyKey} WHERE id = {same.Id}", cancellationToken);
                }

                return new Intake(duplicate == DuplicatePolicy.Merge ? IntakeOutcome.Merged : IntakeOutcome.Refused, same);
            }
        }

        return maxQueued < int.MaxValue && await queued.CountAsync(cancellationToken) >= maxQueued
            ? new Intake(IntakeOutcome.Full, null)
            : null;
    }

    private static async Task<TrainingRun> InsertAsync(
        AnalyticsContext context, RunRequest request, CancellationToken cancellationToken)
    {
        var created = await context.TrainingRuns.FromSqlRaw(
            """
            INSERT INTO training_runs (id, model, dataset, algorithm, label, include, exclude, parameters, choices, promote, requested_by,
                requested_at, idempotency_key, trace_parent, state, attempt, progress)
            VALUES (@id, @model, @dataset, @algorithm, @label, @include, @exclude, @parameters, @choices, @promote, @by,
                clock_timestamp(), @key, @trace, 'queued', 0, 0)
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
        return created.Single();
    }
}

/// <summary>What becomes of a request while a queued run of the model asks for the same.</summary>
public enum DuplicatePolicy
{
    /// <summary>Another run is queued.</summary>
    Allow,

    /// <summary>The queued run is the answer.</summary>
    Merge,

    /// <summary>The request is refused, naming the queued run.</summary>
    Refuse,
}

/// <summary>What became of a request.</summary>
public enum IntakeOutcome
{
    /// <summary>A run was queued.</summary>
    Created,

    /// <summary>The idempotency key is a run's already.</summary>
    Known,

    /// <summary>A queued run asks for the same and stands for both.</summary>
    Merged,

    /// <summary>A queued run asks for the same, and the request did not want that.</summary>
    Refused,

    /// <summary>The queue has as many runs as it may.</summary>
    Full,
}

/// <summary>The answer to a request.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Run">The run queued, known or the same; null when the queue is full.</param>
public sealed record Intake(IntakeOutcome Outcome, TrainingRun? Run);
