using Analytics.Registry.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Analytics.Trainer.Worker.History;

/// <summary>
/// Carries out the orders of the table <c>erasures</c>: first for all that is stored, then again at every pass for records that
/// arrive late (a journal that could not drain), for as long as retention would keep such a record. Batches are bounded, each a transaction that
/// counts itself into the order's row, so an end at any point loses nothing.
/// </summary>
internal sealed partial class ErasureWork(
    DbContextOptions<AnalyticsContext> database, IOptions<HistoryOptions> options, TimeProvider time, ILogger<ErasureWork> logger)
{
    // The batch's requests by the index of client and time; their predictions by the index of request_id, within the batch's
    // times, so that only the partitions of those days are looked at; feedback by its key.
    internal const string EraseRequests =
        """
        WITH batch AS (
            SELECT id, time FROM requests WHERE client = $1 AND time <= $2 ORDER BY time LIMIT $3),
        gone_predictions AS (
            DELETE FROM predictions p USING batch b
            WHERE p.request_id = b.id AND p.time = b.time
                AND p.time BETWEEN (SELECT min(time) FROM batch) AND (SELECT max(time) FROM batch)
            RETURNING p.id),
        gone_feedback AS (
            DELETE FROM feedback f USING gone_predictions p WHERE f.prediction_id = p.id RETURNING 1),
        gone_requests AS (
            DELETE FROM requests r USING batch b
            WHERE r.id = b.id AND r.time = b.time
                AND r.time BETWEEN (SELECT min(time) FROM batch) AND (SELECT max(time) FROM batch)
            RETURNING 1)
        UPDATE erasures SET
            requests = requests + (SELECT count(*) FROM gone_requests),
            predictions = predictions + (SELECT count(*) FROM gone_predictions),
            feedback = feedback + (SELECT count(*) FROM gone_feedback)
        WHERE id = $4 AND EXISTS (SELECT 1 FROM batch)
        """;

    private const string EraseFeedback =
        """
        WITH gone AS (
            DELETE FROM feedback WHERE prediction_id = ANY (ARRAY(
                SELECT prediction_id FROM feedback WHERE client = $1 AND time <= $2 LIMIT $3))
            RETURNING 1)
        UPDATE erasures SET feedback = feedback + (SELECT count(*) FROM gone) WHERE id = $4 AND EXISTS (SELECT 1 FROM gone)
        """;

    /// <summary>Records the order; the maintenance carries it out.</summary>
    public async Task<Erasure> OrderAsync(string client, string reason, string by, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        var erasure = new Erasure
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            Client = client,
            Reason = reason,
            RequestedBy = by,
            RequestedAt = time.GetUtcNow(),
        };
        context.Erasures.Add(erasure);
        await context.SaveChangesAsync(cancellationToken);
        return erasure;
    }

    /// <summary>The order, or null.</summary>
    public async Task<Erasure?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        return await context.Erasures.AsNoTracking().SingleOrDefaultAsync(e => e.Id == id, cancellationToken);
    }

    /// <summary>The latest orders, the newest first.</summary>
    public async Task<IReadOnlyList<Erasure>> ListAsync(int limit, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        return await context.Erasures.AsNoTracking().OrderByDescending(e => e.RequestedAt).Take(limit).ToListAsync(cancellationToken);
    }

    /// <summary>Carries out every order that is in force, the open ones first.</summary>
    public async Task ApplyAsync(NpgsqlConnection connection, DateOnly today, CancellationToken cancellationToken)
    {
        foreach (var (id, client, until) in await ListInForceAsync(connection, today, cancellationToken))
        {
            var erased = await EraseAsync(connection, EraseRequests, id, client, until, cancellationToken)
                | await EraseAsync(connection, EraseFeedback, id, client, until, cancellationToken);
            await using var command = new NpgsqlCommand(
                "UPDATE erasures SET applied_at = $2, completed_at = coalesce(completed_at, $2) WHERE id = $1", connection);
            command.Parameters.AddWithValue(id);
            command.Parameters.AddWithValue(time.GetUtcNow());
            await command.ExecuteNonQueryAsync(cancellationToken);
            if (erased)
            {
                LogErased(logger, id);
            }
        }
    }

    private async Task<bool> EraseAsync(
        NpgsqlConnection connection, string sql, Guid id, string client, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddWithValue(client);
        command.Parameters.AddWithValue(until);
        command.Parameters.AddWithValue(options.Value.BatchRows);
        command.Parameters.AddWithValue(id);
        var erased = false;
        while (await command.ExecuteNonQueryAsync(cancellationToken) > 0)
        {
            erased = true;
        }

        return erased;
    }

    private async Task<List<(Guid Id, string Client, DateTimeOffset Until)>> ListInForceAsync(
        NpgsqlConnection connection, DateOnly today, CancellationToken cancellationToken)
    {
        // Older: what they concern is over retention, and goes as late as it may come.
        var since = HistoryMaintenance.FirstKept(today, options.Value.RequestRetentionDays);
        await using var command = new NpgsqlCommand(
            "SELECT id, client, requested_at FROM erasures WHERE completed_at IS NULL OR requested_at >= $1 "
            + "ORDER BY completed_at IS NOT NULL, requested_at", connection);
        command.Parameters.AddWithValue(since.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<(Guid, string, DateTimeOffset)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add((reader.GetGuid(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2)));
        }

        return found;
    }

    [LoggerMessage(LogLevel.Information, "Erasure {Id} removed records of its client")]
    private static partial void LogErased(ILogger logger, Guid id);
}
