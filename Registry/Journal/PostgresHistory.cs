using Analytics.Registry.Database;
using Analytics.Registry.Journal.Records;
using Analytics.Registry.Journal.Segments;
using Npgsql;

namespace Analytics.Registry.Journal;

/// <summary>
/// Stores records in the tables <c>requests</c>, <c>predictions</c> and the feedback's with binary COPY, a batch in one transaction
/// together with the journal's position: a batch is there once or not at all, whatever became of the answer to the commit. One
/// batch at a time.
/// </summary>
internal sealed class PostgresHistory(AnalyticsDataSource database, IFeedbackTable? feedbackTable = null)
{
    private const int PieceBytes = 256 * 1024;
    private const string CopyRequests = $"COPY requests ({RequestRow.Columns}) FROM STDIN (FORMAT BINARY)";
    private const string CopyPredictions = $"COPY predictions ({ScoredRowCursor.Columns}) FROM STDIN (FORMAT BINARY)";

    private const string ReadPositions = "SELECT journal_id, segment, position FROM journal_positions WHERE journal_id = ANY($1)";

    // Nothing is changed when the position is not the one expected.
    private const string MovePosition =
        """
        INSERT INTO journal_positions AS p (journal_id, segment, position, updated_at) VALUES ($1, $2, $3, now())
        ON CONFLICT (journal_id) DO UPDATE SET segment = excluded.segment, position = excluded.position, updated_at = excluded.updated_at
        WHERE p.segment = $4 AND p.position = $5
        """;

    private readonly CopyBuffer _copy = new();
    private readonly ScoredRowCursor _rows = new(new RowSchemas());

    /// <summary>Up to where each of the journals is stored; one that has stored nothing yet is not among them.</summary>
    public async Task<IReadOnlyDictionary<Guid, JournalPosition>> ReadPositionsAsync(Guid[] journals, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(ReadPositions, connection);
        command.Parameters.AddWithValue(journals);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var positions = new Dictionary<Guid, JournalPosition>();
        while (await reader.ReadAsync(cancellationToken))
        {
            positions[reader.GetGuid(0)] = new JournalPosition(reader.GetInt64(1), reader.GetInt64(2));
        }

        return positions;
    }

    /// <summary>
    /// Stores the frames <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> of the batch, or only moves
    /// the position past them.
    /// </summary>
    /// <exception cref="JournalMovedException">The position in the database is not <paramref name="expected"/>; nothing is stored.</exception>
    /// <exception cref="InvalidDataException">A record is not what its kind says.</exception>
    public async Task<StoredRows> StoreAsync(
        DrainBatch batch, int first, int count, bool onlyMove, JournalPosition? expected, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // First of all: another process that stores the same journal waits here for this one's commit, and then sees it.
        var end = batch.Frames[first + count - 1].End;
        await MoveAsync(connection, batch.Segment.JournalId, new JournalPosition(batch.Segment.Number, end), expected, cancellationToken);
        var stored = default(StoredRows);
        if (!onlyMove)
        {
            var requests = await CopyRequestsAsync(connection, batch, first, count, cancellationToken);
            var predictions = await CopyPredictionsAsync(connection, batch, first, count, cancellationToken);
            await StoreFeedbackAsync(connection, batch, first, count, cancellationToken);
            stored = new StoredRows(requests, predictions);
        }

        await transaction.CommitAsync(cancellationToken);
        return stored;
    }

    private async Task<int> CopyRequestsAsync(
        NpgsqlConnection connection, DrainBatch batch, int first, int count, CancellationToken cancellationToken)
    {
        var rows = 0;
        await using var stream = await connection.BeginRawBinaryCopyAsync(CopyRequests, cancellationToken);
        _copy.Clear();
        _copy.Begin();
        for (var i = first; i < first + count; i++)
        {
            var frame = batch.Frames[i];
            if (frame.Kind is JournalRecordKind.Scored or JournalRecordKind.Rejected or JournalRecordKind.Streamed)
            {
                RequestRow.Write(batch.Payload(frame), _copy);
                rows++;
                await SendAsync(stream, PieceBytes, cancellationToken);
            }
            else if (frame.Kind is not (JournalRecordKind.Feedback or JournalRecordKind.Rows or JournalRecordKind.Shadow))
            {
                throw new InvalidDataException($"The record is of kind {(byte)frame.Kind}, which this version does not know.");
            }
        }

        _copy.End();
        await SendAsync(stream, 0, cancellationToken);
        return rows;
    }

    private async Task<int> CopyPredictionsAsync(
        NpgsqlConnection connection, DrainBatch batch, int first, int count, CancellationToken cancellationToken)
    {
        var rows = 0;
        await using var stream = await connection.BeginRawBinaryCopyAsync(CopyPredictions, cancellationToken);
        _copy.Clear();
        _copy.Begin();
        for (var i = first; i < first + count; i++)
        {
            var frame = batch.Frames[i];
            if (frame.Kind is JournalRecordKind.Scored or JournalRecordKind.Rows or JournalRecordKind.Shadow)
            {
                _rows.Start(frame.Kind, batch.Payload(frame));
                while (_rows.WriteNext(batch.Payload(frame), _copy))
                {
                    rows++;
                    await SendAsync(stream, PieceBytes, cancellationToken);
                }
            }
        }

        _copy.End();
        await SendAsync(stream, 0, cancellationToken);
        return rows;
    }

    /// <summary>Hands over what was written, when it is more than so many bytes.</summary>
    private ValueTask SendAsync(NpgsqlRawCopyStream stream, int above, CancellationToken cancellationToken)
    {
        if (_copy.Count <= above)
        {
            return ValueTask.CompletedTask;
        }

        var piece = _copy.Written;
        _copy.Clear();
        return stream.WriteAsync(piece, cancellationToken);
    }

    private async Task StoreFeedbackAsync(
        NpgsqlConnection connection, DrainBatch batch, int first, int count, CancellationToken cancellationToken)
    {
        var entries = new List<FeedbackEntry>();
        for (var i = first; i < first + count; i++)
        {
            if (batch.Frames[i].Kind == JournalRecordKind.Feedback)
            {
                entries.Add(FeedbackReader.Read(batch.Payload(batch.Frames[i])));
            }
        }

        if (entries.Count > 0)
        {
            var table = feedbackTable ?? throw new InvalidDataException("The journal has feedback, and no table takes it.");
            await table.StoreAsync(connection, entries, cancellationToken);
        }
    }

    private static async Task MoveAsync(
        NpgsqlConnection connection, Guid journal, JournalPosition to, JournalPosition? expected, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(MovePosition, connection);
        command.Parameters.AddWithValue(journal);
        command.Parameters.AddWithValue(to.Segment);
        command.Parameters.AddWithValue(to.Offset);
        command.Parameters.AddWithValue(expected?.Segment ?? -1L);
        command.Parameters.AddWithValue(expected?.Offset ?? -1L);
        if (await command.ExecuteNonQueryAsync(cancellationToken) != 1)
        {
            throw new JournalMovedException(journal);
        }
    }
}

/// <summary>How many rows were stored.</summary>
internal readonly record struct StoredRows(int Requests, int Predictions)
{
    public static StoredRows operator +(StoredRows a, StoredRows b) => new(a.Requests + b.Requests, a.Predictions + b.Predictions);
}

/// <summary>The position of a journal in the database is not the one expected.</summary>
internal sealed class JournalMovedException(Guid journalId)
    : Exception($"The position of journal {journalId} is not the one expected.")
{
    public Guid JournalId => journalId;
}
