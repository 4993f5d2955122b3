using System.Globalization;
using System.Text.Json;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Protocols.Invocations;

/// <summary>Reads tables as pandas writes them: by record, split into columns and data, or column by column.</summary>
internal static class FrameReader
{
    private const int Extra = -1;

    /// <summary>Reads <c>{"column": value, …}</c>.</summary>
    public static ScoringProblem? ReadRecord(ref Utf8JsonReader reader, RequestWork work)
    {
        var row = work.Batch.AddRow();
        var next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var column = PredictRequestReader.Find(in reader, work.Columns, next);
            reader.Read();
            if (column == Extra)
            {
                reader.Skip();
                continue;
            }

            if (work.SetInRow[column] == row + 1)
            {
                return ScoringProblem.Cell(row, work.Columns[column].Name, "the column once", "it twice");
            }

            work.SetInRow[column] = row + 1;
            next = column + 1;
            if (CellReader.Read(ref reader, work, row, column) is { } problem)
            {
                return problem;
            }
        }

        return FindAbsent(work, row);
    }

    /// <summary>Reads <c>{"columns": […], "data": [[…], …], "index": …}</c>, in any order.</summary>
    public static ScoringProblem? ReadSplit(ref Utf8JsonReader reader, RequestWork work, int maxRows)
    {
        const string form = "an object with \"columns\" and \"data\"";
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return ScoringProblem.Part("\"dataframe_split\"", form, FoundText.Describe(in reader));
        }

        int[]? columns = null;
        var hasData = false;
        var isRead = false;
        Utf8JsonReader data = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ScoringProblem? problem = null;
            if (reader.ValueTextEquals("columns"u8))
            {
                problem = ReadNames(ref reader, work, out columns);
            }
            else if (reader.ValueTextEquals("data"u8) && !hasData)
            {
                reader.Read();
                hasData = true;
                isRead = columns is not null;
                if (columns is not null)
                {
                    problem = ReadData(ref reader, work, columns, maxRows);
                }
                else
                {
                    data = reader;
                    reader.Skip();
                }
            }
            else
            {
                reader.Read();
                reader.Skip();
            }

            if (problem is not null)
            {
                return problem;
            }
        }

        return columns is null || !hasData ? ScoringProblem.Part("\"dataframe_split\"", form, $"one without \"{(hasData ? "columns" : "data")}\"")
            : isRead ? null
            : ReadData(ref data, work, columns, maxRows);
    }

    /// <summary>Reads <c>{"column": [value, …], …}</c>, or <c>{"column": value, …}</c> for one row.</summary>
    public static ScoringProblem? ReadColumns(ref Utf8JsonReader reader, RequestWork work, int maxRows)
    {
        var rows = -1;
        var next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var column = PredictRequestReader.Find(in reader, work.Columns, next);
            reader.Read();
            if (column == Extra)
            {
                reader.Skip();
                continue;
            }

            if (work.SetInRow[column] != 0)
            {
                return Column(work, column, "the column once", "it twice");
            }

            work.SetInRow[column] = 1;
            next = column + 1;
            var (problem, count) = ReadColumn(ref reader, work, column, maxRows, rows);
            if (problem is not null)
            {
                return problem;
            }

            if (rows >= 0 && count != rows)
            {
                return Column(work, column, $"{rows} value{(rows == 1 ? "" : "s")}, as the columns before", count.ToString(CultureInfo.InvariantCulture));
            }

            rows = count;
        }

        return FindAbsentColumn(work);
    }

    private static (ScoringProblem? Problem, int Count) ReadColumn(ref Utf8JsonReader reader, RequestWork work, int column, int maxRows, int rows)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return (ReadCell(ref reader, work, column, 0, rows), 1);
        }

        var count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            if (rows < 0 && count == maxRows)
            {
                return (ScoringProblem.TooManyRows(maxRows), count);
            }

            if (ReadCell(ref reader, work, column, count, rows) is { } problem)
            {
                return (problem, count);
            }
        }

        return (null, count);
    }

    private static ScoringProblem? ReadCell(ref Utf8JsonReader reader, RequestWork work, int column, int row, int rows)
    {
        if (rows < 0)
        {
            work.Batch.AddRow();
        }
        else if (row >= rows)
        {
            reader.Skip(); // Counted: the columns disagree.
            return null;
        }

        return CellReader.Read(ref reader, work, row, column);
    }

    private static ScoringProblem? ReadNames(ref Utf8JsonReader reader, RequestWork work, out int[]? columns)
    {
        columns = null;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return ScoringProblem.Part("\"columns\"", "an array of names", FoundText.Describe(in reader));
        }

        var found = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var column = reader.TokenType == JsonTokenType.String ? PredictRequestReader.Find(in reader, work.Columns, found.Count) : Extra;
            reader.Skip();
            if (column != Extra && work.SetInRow[column] != 0)
            {
                return Column(work, column, "the column once", "it twice");
            }

            if (column != Extra)
            {
                work.SetInRow[column] = 1;
            }

            found.Add(column);
        }

        columns = [.. found];
        return FindAbsentColumn(work);
    }

    private static ScoringProblem? ReadData(ref Utf8JsonReader reader, RequestWork work, int[] columns, int maxRows)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return ScoringProblem.Part("\"data\"", "an array of rows", FoundText.Describe(in reader));
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var row = work.Batch.Count;
            if (row == maxRows)
            {
                return ScoringProblem.TooManyRows(maxRows);
            }

            if (reader.TokenType != JsonTokenType.StartArray)
            {
                return ScoringProblem.Cell(row, null, "an array of values", FoundText.Describe(in reader));
            }

            work.Batch.AddRow();
            var count = 0;
            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
            {
                if (count >= columns.Length || columns[count] == Extra)
                {
                    reader.Skip();
                }
                else if (CellReader.Read(ref reader, work, row, columns[count]) is { } problem)
                {
                    return problem;
                }
            }

            if (count != columns.Length)
            {
                return ScoringProblem.Cell(row, null, $"{columns.Length} values, as \"columns\" has names", $"{count}");
            }
        }

        return null;
    }

    private static ScoringProblem? FindAbsent(RequestWork work, int row)
    {
        for (var c = 0; c < work.Columns.Count; c++)
        {
            if (work.Columns[c].Required && work.SetInRow[c] != row + 1)
            {
                return ScoringProblem.Cell(row, work.Columns[c].Name, Wanted(work, c), "nothing: the column is absent");
            }
        }

        return null;
    }

    private static ScoringProblem? FindAbsentColumn(RequestWork work)
    {
        for (var c = 0; c < work.Columns.Count; c++)
        {
            if (work.Columns[c].Required && work.SetInRow[c] == 0)
            {
                return Column(work, c, Wanted(work, c), "nothing: the column is absent");
            }
        }

        return null;
    }

    private static string Wanted(RequestWork work, int column) =>
        $"a {CellReader.TypeName(work.Columns[column].Type)}, for the column is required";

    private static ScoringProblem Column(RequestWork work, int column, string expected, string found) =>
        ScoringProblem.Part($"Column '{FoundText.Show(work.Columns[column].Name)}'", expected, found) with { Column = FoundText.Show(work.Columns[column].Name) };
}
