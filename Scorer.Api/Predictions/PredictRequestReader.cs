using System.Text.Json;

namespace Analytics.Scorer.Api.Predictions;

/// <summary>
/// Reads the body of a prediction request, in one pass and straight into the columns: <c>{"features": row}</c> or
/// <c>{"instances": [row, …]}</c>, a row being an array in the signature's order or an object by column name in any order.
/// Anything else, a member, column or duplicate that does not belong there too, is a problem that names the place.
/// </summary>
internal static class PredictRequestReader
{
    private const string Form = "an object with \"features\" (one row) or \"instances\" (an array of rows)";
    private const string RowForm = "an array of values or an object by column name";
    private const int StackName = 256;

    /// <summary>Reads the rows into <paramref name="work"/>; null when all is well.</summary>
    public static ScoringProblem? Read(ReadOnlySpan<byte> body, RequestWork work, int maxRows)
    {
        if (JsonBody.Open(ref body, Form) is { } empty)
        {
            return empty;
        }

        var reader = new Utf8JsonReader(body);
        try
        {
            return ReadBody(ref reader, work, maxRows);
        }
        catch (JsonException e)
        {
            return JsonBody.Malformed(e);
        }
    }

    private static ScoringProblem? ReadBody(ref Utf8JsonReader reader, RequestWork work, int maxRows)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return ScoringProblem.Body(Form, FoundText.Describe(in reader));
        }

        string? form = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = reader.ValueTextEquals("features"u8) ? "features" : reader.ValueTextEquals("instances"u8) ? "instances" : null;
            if (member is null)
            {
                return ScoringProblem.Body("\"features\" or \"instances\"", $"the member \"{FoundText.Show(reader.ValueSpan)}\"");
            }

            if (form is not null)
            {
                return ScoringProblem.Body(
                    "one of \"features\" and \"instances\", once", form == member ? $"\"{member}\" twice" : "both");
            }

            form = member;
            reader.Read();
            work.Many = member == "instances";
            if ((work.Many ? ReadInstances(ref reader, work, maxRows) : ReadRow(ref reader, work)) is { } problem)
            {
                return problem;
            }
        }

        // The reader stands at the closing brace; one more step finds what is behind it.
        while (reader.Read())
        {
        }

        return form is null ? ScoringProblem.Body("\"features\" or \"instances\"", "an object without them") : null;
    }

    private static ScoringProblem? ReadInstances(ref Utf8JsonReader reader, RequestWork work, int maxRows)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return ScoringProblem.Body("\"instances\" to be an array of rows", FoundText.Describe(in reader));
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (work.Batch.Count == maxRows)
            {
                return new ScoringProblem(
                    StatusCodes.Status413PayloadTooLarge, $"\"instances\" has more than {maxRows} rows (Scorer:MaxRows); send them in several requests.")
                {
                    Row = maxRows,
                    Expected = $"at most {maxRows} rows",
                };
            }

            if (ReadRow(ref reader, work) is { } problem)
            {
                return problem;
            }
        }

        return work.Batch.Count == 0 ? ScoringProblem.Body("at least one row in \"instances\"", "an empty array") : null;
    }

    /// <summary>Reads the row that the reader stands at; null when all is well.</summary>
    internal static ScoringProblem? ReadRow(ref Utf8JsonReader reader, RequestWork work) => reader.TokenType switch
    {
        JsonTokenType.StartArray => ReadByPosition(ref reader, work),
        JsonTokenType.StartObject => ReadByName(ref reader, work),
        _ => ScoringProblem.Cell(work.FirstRow + work.Batch.Count, null, RowForm, FoundText.Describe(in reader)),
    };

    private static ScoringProblem? ReadByPosition(ref Utf8JsonReader reader, RequestWork work)
    {
        var row = work.Batch.AddRow();
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count < work.Columns.Count)
            {
                if (CellReader.Read(ref reader, work, row, count) is { } problem)
                {
                    return problem;
                }
            }
            else
            {
                reader.Skip();
            }

            count++;
        }

        return count == work.Columns.Count
            ? null
            : ScoringProblem.Cell(
                work.FirstRow + row, null, $"{work.Columns.Count} values ({work.Columns.Names()})", $"{count} value{(count == 1 ? "" : "s")}");
    }

    private static ScoringProblem? ReadByName(ref Utf8JsonReader reader, RequestWork work)
    {
        var row = work.Batch.AddRow();
        var named = 0;
        var next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var column = Find(in reader, work.Columns, next);
            if (column < 0)
            {
                var name = FoundText.Show(reader.ValueSpan);
                return ScoringProblem.Cell(
                    work.FirstRow + row, name, $"one of the columns {work.Columns.Names()}", "a column the model does not have");
            }

            if (work.SetInRow[column] == row + 1)
            {
                return ScoringProblem.Cell(work.FirstRow + row, work.Columns[column].Name, "the column once", "it twice");
            }

            work.SetInRow[column] = row + 1;
            named++;
            next = column + 1;
            reader.Read();
            if (CellReader.Read(ref reader, work, row, column) is { } problem)
            {
                return problem;
            }
        }

        return named == work.Columns.Count ? null : FindAbsent(work, row);
    }

    private static ScoringProblem? FindAbsent(RequestWork work, int row)
    {
        for (var c = 0; c < work.Columns.Count; c++)
        {
            if (work.Columns[c] is { Required: true } input && work.SetInRow[c] != row + 1)
            {
                return ScoringProblem.Cell(
                    work.FirstRow + row, input.Name, $"a {CellReader.TypeName(input.Type)}, for the column is required", "nothing: the column is absent");
            }
        }

        return null;
    }

    /// <summary>The column whose name the reader stands at, or -1.</summary>
    internal static int Find(ref readonly Utf8JsonReader reader, ColumnTable columns, int hint)
    {
        if (!reader.ValueIsEscaped)
        {
            return columns.Find(reader.ValueSpan, hint);
        }

        Span<byte> name = reader.ValueSpan.Length <= StackName ? stackalloc byte[StackName] : new byte[reader.ValueSpan.Length];
        try
        {
            return columns.Find(name[..reader.CopyString(name)], hint);
        }
        catch (InvalidOperationException)
        {
            return -1; // Half a surrogate pair: no column has such a name.
        }
    }
}
