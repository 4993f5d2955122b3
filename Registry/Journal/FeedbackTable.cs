using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Analytics.Registry.Journal;

/// <summary>
/// Stores outcomes in the table <c>feedback</c>, one row a prediction: the latest outcome that differs counts, the first stays
/// readable. The same outcome again changes nothing. The order in which scorers drain does not matter: times decide.
/// </summary>
internal sealed class FeedbackTable : IFeedbackTable
{
    // "Later" and "earlier" are those of what comes against what is there. A batch holds a prediction once (see Outcomes).
    private const string Upsert =
        """
        INSERT INTO feedback AS f (prediction_id, actual, actual_number, time, client, first_actual, first_time)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (prediction_id) DO UPDATE SET (actual, actual_number, time, client) = (
                SELECT n.actual, n.actual_number, n.time, n.client
                FROM (VALUES (excluded.actual, excluded.actual_number, excluded.time, excluded.client)) n (actual, actual_number, time, client)
                WHERE (excluded.time >= f.time AND (excluded.actual <> f.actual OR excluded.time <> excluded.first_time))
                    OR (excluded.time < f.time AND excluded.actual = f.actual AND f.time = f.first_time)
                UNION ALL SELECT f.actual, f.actual_number, f.time, f.client
                LIMIT 1),
            first_actual = CASE WHEN excluded.first_time < f.first_time THEN excluded.first_actual ELSE f.first_actual END,
            first_time = least(excluded.first_time, f.first_time)
        WHERE excluded.first_time < f.first_time
            OR (excluded.time >= f.time AND (excluded.actual <> f.actual OR excluded.time <> excluded.first_time))
        """;

    public async Task StoreAsync(NpgsqlConnection connection, IReadOnlyList<FeedbackEntry> entries, CancellationToken cancellationToken)
    {
        var outcomes = Outcomes(entries);
        await using var command = new NpgsqlCommand(Upsert, connection);
        Add(command, NpgsqlDbType.Uuid, outcomes.Select(o => o.Last.PredictionId).ToArray());
        Add(command, NpgsqlDbType.Text, outcomes.Select(o => o.Last.Actual).ToArray());
        Add(command, NpgsqlDbType.Double, outcomes.Select(o => Number(o.Last.Actual)).ToArray());
        Add(command, NpgsqlDbType.TimestampTz, outcomes.Select(o => o.Last.Time).ToArray());
        Add(command, NpgsqlDbType.Text, outcomes.Select(o => o.Last.Client).ToArray());
        Add(command, NpgsqlDbType.Text, outcomes.Select(o => o.First.Actual).ToArray());
        Add(command, NpgsqlDbType.TimestampTz, outcomes.Select(o => o.First.Time).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// One outcome for each prediction of the batch: the first entry, and the one that counts, which is the earliest of the last
    /// ones that agree. Ordered by id, so that two scorers that store the same predictions do not wait for each other in a circle.
    /// </summary>
    private static List<(FeedbackEntry First, FeedbackEntry Last)> Outcomes(IReadOnlyList<FeedbackEntry> entries)
    {
        var outcomes = new Dictionary<Guid, (FeedbackEntry First, FeedbackEntry Last)>(entries.Count);
        foreach (var entry in entries.OrderBy(e => e.Time))
        {
            if (!outcomes.TryGetValue(entry.PredictionId, out var known))
            {
                outcomes.Add(entry.PredictionId, (entry, entry));
            }
            else if (known.Last.Actual != entry.Actual)
            {
                outcomes[entry.PredictionId] = (known.First, entry);
            }
        }

        return [.. outcomes.Values.OrderBy(o => o.Last.PredictionId)];
    }

    private static double? Number(string actual) =>
        double.TryParse(actual, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, Array values) =>
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values });
}
