using System.Text.Json;

namespace Analytics.Scorer.Api.Predictions.Batches;

/// <summary>Rows as newline-delimited JSON: on each line an array in the signature's order or an object by column name.</summary>
internal sealed class NdjsonRowReader : IRowReader
{
    private bool _isFirst = true;

    public bool IsQuoted => false;

    public bool IsHopeless => false;

    public ScoringProblem? Read(ReadOnlySpan<byte> record, long line, RequestWork work)
    {
        if (_isFirst && record.StartsWith("\uFEFF"u8))
        {
            record = record[3..];
        }

        _isFirst = false;
        if (record.Trim(" \t"u8).IsEmpty)
        {
            return null;
        }

        var before = work.Batch.Count;
        var problem = ReadLine(record, work, work.FirstRow + before);
        if (problem is null)
        {
            return null;
        }

        if (work.Batch.Count > before)
        {
            work.DropLastRow();
        }

        return problem with { Line = line };
    }

    public ScoringProblem? FindProblemAtEnd(bool anyRow) =>
        anyRow ? null : ScoringProblem.Body("at least one row, a JSON array or object on a line of its own", "none");

    private static ScoringProblem? ReadLine(ReadOnlySpan<byte> record, RequestWork work, int row)
    {
        var reader = new Utf8JsonReader(record);
        try
        {
            reader.Read();
            if (PredictRequestReader.ReadRow(ref reader, work) is { } problem)
            {
                return problem;
            }

            reader.Read(); // Nothing may follow.
            return null;
        }
        catch (JsonException e)
        {
            return ScoringProblem.Cell(
                row, null, "a JSON array or object on a line of its own", $"invalid JSON at byte {(e.BytePositionInLine ?? 0) + 1} of the line") with
            {
                Byte = (e.BytePositionInLine ?? 0) + 1,
            };
        }
    }
}
