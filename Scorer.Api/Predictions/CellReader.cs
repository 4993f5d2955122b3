using System.Buffers.Text;
using System.Text.Json;
using Analytics.Registry.Models;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>
/// How a JSON value becomes a cell. A number column takes a JSON number, rounded to float32; text there, <c>"5.1"</c> and
/// <c>"NaN"</c> too, is an error, and so is a number beyond float32. A text column takes a JSON string; a number there is
/// an error. A boolean column takes <c>true</c> and <c>false</c>, a date or timestamp column a JSON string
/// (<see cref="DateText"/>). <c>null</c> and <c>""</c> are missing in all of them, an error where the column is required. A category never seen
/// in training is a value like any other.
/// </summary>
internal static class CellReader
{
    private const int StackCharacters = 256;

    /// <summary>Reads the value that the reader stands at into the cell; null when all is well.</summary>
    public static ScoringProblem? Read(ref Utf8JsonReader reader, RequestWork work, int row, int column)
    {
        var input = work.Columns[column];
        switch (reader.TokenType)
        {
            case JsonTokenType.Number when input.Type == ColumnType.Number:
                return ReadNumber(ref reader, work, row, column);
            case JsonTokenType.String when reader.ValueSpan.IsEmpty:
            case JsonTokenType.Null:
                return input.Required
                    ? ScoringProblem.Cell(
                        work.FirstRow + row, input.Name, $"a {TypeName(input.Type)}, for the column is required",
                        reader.TokenType == JsonTokenType.Null ? "null (missing)" : "\"\" (missing)")
                    : null; // A new row is all missing.
            case JsonTokenType.True or JsonTokenType.False when input.Type == ColumnType.Boolean:
                work.Batch.SetNumber(row, column, reader.TokenType == JsonTokenType.True ? 1 : 0);
                return null;
            case JsonTokenType.String when !input.Type.IsNumeric():
                return ReadText(ref reader, work, row, column);
            default:
                return ScoringProblem.Cell(work.FirstRow + row, input.Name, Expected(input.Type), FoundText.Describe(in reader));
        }
    }

    public static string TypeName(ColumnType type) => type switch
    {
        ColumnType.Number => "number",
        ColumnType.Boolean => "boolean",
        ColumnType.Date => "date",
        ColumnType.Timestamp => "timestamp",
        _ => "text",
    };

    /// <summary>What a cell of the type may be, for a message.</summary>
    public static string Expected(ColumnType type) => type switch
    {
        ColumnType.Boolean => "a boolean (true or false)",
        ColumnType.Date => "a date (YYYY-MM-DD)",
        ColumnType.Timestamp => "a timestamp (ISO 8601, as 2026-01-31T12:30:00Z)",
        _ => $"a {TypeName(type)}",
    };

    private static ScoringProblem? ReadNumber(ref Utf8JsonReader reader, RequestWork work, int row, int column)
    {
        if (!Utf8Parser.TryParse(reader.ValueSpan, out float value, out var consumed)
            || consumed != reader.ValueSpan.Length || !float.IsFinite(value))
        {
            return ScoringProblem.Cell(
                work.FirstRow + row, work.Columns[column].Name, "a number within float32's range (±3.4028235e38)", FoundText.Describe(in reader));
        }

        work.Batch.SetNumber(row, column, value);
        return null;
    }

    private static ScoringProblem? ReadText(ref Utf8JsonReader reader, RequestWork work, int row, int column)
    {
        // UTF-16 never has more units than UTF-8 has bytes, escaped or not.
        Span<char> text = reader.ValueSpan.Length <= StackCharacters
            ? stackalloc char[StackCharacters]
            : new char[reader.ValueSpan.Length];
        try
        {
            text = text[..reader.CopyString(text)];
        }
        catch (InvalidOperationException)
        {
            return ScoringProblem.Cell(
                work.FirstRow + row, work.Columns[column].Name, "a text of valid Unicode", $"{FoundText.Describe(in reader)}, which has broken UTF-8 or half a surrogate pair");
        }

        return SetText(work, row, column, text);
    }

    /// <summary>Sets the cell of a column of texts, dates or timestamps.</summary>
    internal static ScoringProblem? SetText(RequestWork work, int row, int column, ReadOnlySpan<char> text)
    {
        // Neither the graph's strings nor PostgreSQL's can hold it: it would be cut or refused later.
        if (text.Contains('\0'))
        {
            return ScoringProblem.Cell(
                work.FirstRow + row, work.Columns[column].Name, "a text without the character U+0000", $"the text \"{FoundText.Show(text)}\"");
        }

        var type = work.Columns[column].Type;
        // A day has no time of day: a model that knows days only would pass over it without a word.
        if (type.IsDate() && !(DateText.TryParse(text, out var date) && (type == ColumnType.Timestamp || date.TimeOfDay == TimeSpan.Zero)))
        {
            return ScoringProblem.Cell(work.FirstRow + row, work.Columns[column].Name, Expected(type), $"the text \"{FoundText.Show(text)}\"");
        }

        work.Batch.SetText(row, column, work.Columns.Text(column, text));
        return null;
    }
}
