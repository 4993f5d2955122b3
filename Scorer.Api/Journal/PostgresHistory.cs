using Analytics.Scorer.Api.Predictions;
using Npgsql;
using NpgsqlTypes;

namespace Analytics.Scorer.Api.Journal;

/// <summary>Stores records in the tables <c>requests</c> and <c>predictions</c>, a batch in one transaction, with binary COPY.</summary>
internal sealed class PostgresHistory(NpgsqlDataSource database, IFeedbackTable? feedbackTable = null)
{
    private const string CopyRequests =
        "COPY requests (id, time, route, status, rows, duration_ms, model, version, client, trace_id, error) FROM STDIN (FORMAT BINARY)";

    private const string CopyPredictions =
        "COPY predictions (id, time, request_id, row, model, version, features, prediction, label, probabilities) FROM STDIN (FORMAT BINARY)";

    /// <summary>Stores all of the records or none. After an error other than a refusal it may have stored them nevertheless.</summary>
    public async Task StoreAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await CopyRequestsAsync(connection, records, cancellationToken);
        if (records.Any(r => r.Rows is not null))
        {
            await CopyPredictionsAsync(connection, records, cancellationToken);
        }

        var feedback = records.Where(r => r.Feedback is not null).Select(r => r.Feedback!).ToList();
        if (feedback.Count > 0)
        {
            var table = feedbackTable ?? throw new InvalidOperationException("The journal has feedback, and no table takes it.");
            await table.StoreAsync(connection, feedback, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>True when the request, and so the batch it was stored with, is there; a feedback may be stored again.</summary>
    public async Task<bool> ContainsAsync(JournalRecord record, CancellationToken cancellationToken)
    {
        if (record.Request is null)
        {
            return false;
        }

        await using var command = database.CreateCommand("SELECT EXISTS (SELECT 1 FROM requests WHERE id = $1)");
        command.Parameters.AddWithValue(record.Request.Id);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task CopyRequestsAsync(
        NpgsqlConnection connection, IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        await using var copy = await connection.BeginBinaryImportAsync(CopyRequests, cancellationToken);
        foreach (var record in records)
        {
            if (record.Request is not { } request)
            {
                continue;
            }

            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(request.Id, NpgsqlDbType.Uuid, cancellationToken);
            await copy.WriteAsync(request.Time, NpgsqlDbType.TimestampTz, cancellationToken);
            await copy.WriteAsync(request.Route, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(request.Status, NpgsqlDbType.Integer, cancellationToken);
            await copy.WriteAsync(request.Rows, NpgsqlDbType.Integer, cancellationToken);
            await copy.WriteAsync(request.DurationMs, NpgsqlDbType.Double, cancellationToken);
            await WriteTextAsync(copy, request.Model, cancellationToken);
            await (request.Version is { } version
                ? copy.WriteAsync(version, NpgsqlDbType.Integer, cancellationToken)
                : copy.WriteNullAsync(cancellationToken));
            await WriteTextAsync(copy, request.Client, cancellationToken);
            await WriteTextAsync(copy, request.TraceId, cancellationToken);
            await WriteTextAsync(copy, request.Error, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }

    private static async Task CopyPredictionsAsync(
        NpgsqlConnection connection, IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        using var features = new FeatureJson();
        await using var copy = await connection.BeginBinaryImportAsync(CopyPredictions, cancellationToken);
        foreach (var record in records)
        {
            if (record is not { Request: { } request, Rows: { } rows })
            {
                continue;
            }

            for (var row = 0; row < rows.Count; row++)
            {
                var best = rows.Classes is null ? -1 : AnswerFormat.BestClass(rows.Outputs(row));
                await copy.StartRowAsync(cancellationToken);
                await copy.WriteAsync(rows.Ids[row], NpgsqlDbType.Uuid, cancellationToken);
                await copy.WriteAsync(request.Time, NpgsqlDbType.TimestampTz, cancellationToken);
                await copy.WriteAsync(request.Id, NpgsqlDbType.Uuid, cancellationToken);
                await copy.WriteAsync(row, NpgsqlDbType.Integer, cancellationToken);
                await copy.WriteAsync(rows.Model, NpgsqlDbType.Text, cancellationToken);
                await copy.WriteAsync(rows.Version, NpgsqlDbType.Integer, cancellationToken);
                await copy.WriteAsync(features.Write(rows, row), NpgsqlDbType.Jsonb, cancellationToken);
                await copy.WriteAsync(Prediction(rows, row, best), NpgsqlDbType.Double, cancellationToken);
                await WriteTextAsync(copy, best >= 0 ? rows.Classes![best] : null, cancellationToken);
                await (rows.Classes is null
                    ? copy.WriteNullAsync(cancellationToken)
                    : copy.WriteAsync(rows.Outputs(row).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Real, cancellationToken));
            }
        }

        await copy.CompleteAsync(cancellationToken);
    }

    // The column takes no NULL: where no class has a number, the prediction is NaN, as the answer's is null.
    private static double Prediction(ScoredRows rows, int row, int best) =>
        rows.Classes is null ? rows.Outputs(row)[0] : best >= 0 ? best : double.NaN;

    private static Task WriteTextAsync(NpgsqlBinaryImporter copy, string? value, CancellationToken cancellationToken) =>
        value is null ? copy.WriteNullAsync(cancellationToken) : copy.WriteAsync(value, NpgsqlDbType.Text, cancellationToken);
}
