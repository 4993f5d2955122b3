using System.Globalization;
using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>Finds where a text stands among numbers: DuckDB counts cells, and somebody has to correct a line.</summary>
internal static class FaultPlace
{
    private const int LongestShown = 40;

    /// <summary>
    /// The place and the text of the first cell of a column, in the rows that have a label, that is not of the expected type, as it was
    /// declared or found.
    /// </summary>
    public static (string Place, string Text) Find(
        DatasetSource source, int label, int column, ColumnType expected, bool declared, CancellationToken cancellationToken)
    {
        for (var f = 0; f < source.Files.Count; f++)
        {
            var file = source.Files[f];
            var found = file.Format == DataFormat.Csv && expected == ColumnType.Number
                ? InCsv(source, file, label, column, cancellationToken)
                : InRows(source, f, label, column, IsRight(source, expected, declared), cancellationToken);
            if (found is var (place, text))
            {
                return (source.Files.Count > 1 ? $"File '{file.Name}', {place}" : Capital(place), Shown(text));
            }
        }

        throw new InvalidOperationException($"Column '{source.Header[column]}' had a text among numbers, and has none now.");
    }

    private static (string Place, string Text)? InCsv(
        DatasetSource source, SourceFile file, int label, int column, CancellationToken cancellationToken)
    {
        var (labelField, field) = (FieldOf(file, source.Header[label]), FieldOf(file, source.Header[column]));
        using var records = new CsvRecords(file.Path, file.Delimiter);
        while (records.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (source.Cells.IsMissing(records.Field(labelField)))
            {
                continue;
            }

            var cell = records.Field(field);
            if (!source.Cells.IsMissing(cell) && !source.Cells.IsNumber(cell))
            {
                return ($"line {records.Line}", cell.ToString());
            }
        }

        return null;
    }

    private static string IsRight(DatasetSource source, ColumnType expected, bool declared) =>
        expected == ColumnType.Number ? source.Cells.IsNumber("v", "f")
        : expected == ColumnType.Boolean ? CellSql.IsBoolean("v", declared)
        : declared ? source.Cells.IsDeclaredDate("v")
        : CellSql.IsDate("v");

    private static (string Place, string Text)? InRows(
        DatasetSource source, int file, int label, int column, string isRight, CancellationToken cancellationToken)
    {
        (string, string)? found = null;
        source.QueryFile(
            file,
            from => string.Create(CultureInfo.InvariantCulture, $"""
                SELECT number, v FROM (
                SELECT row_number() OVER () AS number, v{column} AS v, {source.Cells.Cast($"v{column}")} AS f, {source.Cells.IsMissing($"v{label}")} AS unlabelled FROM ({from}))
                WHERE NOT {isRight} AND NOT {source.Cells.IsMissing("v")} AND NOT unlabelled ORDER BY number LIMIT 1
                """),
            [label, column],
            row => found = (Row(source.Files[file], row.GetInt64(0)), row.GetString(1)),
            cancellationToken);
        return found;
    }

    // A row of NDJSON is a line, one of CSV starts at one; blank lines are passed over.
    private static string Row(SourceFile file, long row)
    {
        if (file.Format == DataFormat.Parquet)
        {
            return $"row {row}";
        }

        if (file.Format == DataFormat.Csv)
        {
            using var records = new CsvRecords(file.Path, file.Delimiter);
            while (row-- > 0 && records.Read())
            {
            }

            return $"line {records.Line}";
        }

        var number = 0L;
        foreach (var line in File.ReadLines(file.Path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line) && --row == 0)
            {
                break;
            }
        }

        return $"line {number}";
    }

    private static int FieldOf(SourceFile file, string name) => file.Header.Index().First(h => h.Item == name).Index;

    private static string Capital(string place) => char.ToUpperInvariant(place[0]) + place[1..];

    private static string Shown(string text) => text.Length <= LongestShown ? text : $"{text[..LongestShown]}…";
}
