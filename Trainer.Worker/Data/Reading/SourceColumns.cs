using DuckDB.NET.Data;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>The columns of a file, and how DuckDB reads each as text.</summary>
/// <param name="Names">The names in order.</param>
/// <param name="Expressions">For each the expression that reads it.</param>
/// <param name="Nested">Columns that hold no plain values.</param>
internal sealed record SourceColumns(IReadOnlyList<string> Names, IReadOnlyList<string> Expressions, IReadOnlyList<string> Nested)
{
    /// <summary>The columns of a checked file.</summary>
    public static SourceColumns Of(DuckSession duck, SourceFile file, CancellationToken cancellationToken) => file.Format switch
    {
        DataFormat.Csv => new SourceColumns(file.Header, [.. file.Header.Select((_, i) => $"c{i}")], []),
        DataFormat.Parquet => Described(duck, file, $"read_parquet({DuckSession.Literal(file.Path)})", cancellationToken),
        DataFormat.Ndjson => Described(duck, file, Ndjson(file, "maximum_depth = 1, sample_size = -1"), cancellationToken),
        _ => throw new NotSupportedException(file.Format.ToString()),
    };

    /// <summary>The table function that reads the file; its columns are what the expressions name.</summary>
    public static string From(SourceFile file) => file.Format switch
    {
        // Nothing is left to DuckDB's guessing. What its strict mode refuses and RFC 4180 allows is a file of both CRLF and LF; what it lets
        // pass the check has refused. Names of columns, which differ only in case at times, stay out of the SQL.
        DataFormat.Csv => $"read_csv({DuckSession.Literal(file.Path)}, auto_detect = false, header = true, skip = {file.HeaderLine - 1}, "
            + $"delim = {DuckSession.Literal(file.Delimiter.ToString())}, quote = '\"', escape = '\"', strict_mode = false, "
            + $"max_line_size = {CsvRecords.LongestRecord}, buffer_size = {4L * CsvRecords.LongestRecord}, "
            + $"columns = {{{string.Join(", ", file.Header.Select((_, i) => $"'c{i}': 'VARCHAR'"))}}})",
        DataFormat.Parquet => $"read_parquet({DuckSession.Literal(file.Path)})",
        DataFormat.Ndjson => Ndjson(file, $"columns = {{{string.Join(", ", file.Header.Select(n => $"{DuckSession.Literal(n)}: 'VARCHAR'"))}}}"),
        _ => throw new NotSupportedException(file.Format.ToString()),
    };

    /// <summary>The expressions in the order of another file's header. Throws <see cref="InvalidInputException"/> when the names differ.</summary>
    public IReadOnlyList<string> InOrderOf(IReadOnlyList<string> header, string name, string first)
    {
        var more = Names.Except(header, StringComparer.Ordinal).ToList();
        var fewer = header.Except(Names, StringComparer.Ordinal).ToList();
        if (more.Count + fewer.Count > 0)
        {
            throw new InvalidInputException(
                $"'{name}' has other columns than '{first}': {(fewer.Count > 0 ? $"it lacks {NameList.Of(fewer)}" : $"it has {NameList.Of(more)} too")}. "
                + "The files of a data set must have the same columns, in any order.");
        }

        var place = Names.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i, StringComparer.Ordinal);
        return [.. header.Select(n => Expressions[place[n]])];
    }

    /// <summary>Each file with the columns of all, in the order of their first appearance.</summary>
    public static List<SourceColumns> United(IReadOnlyList<SourceColumns> files)
    {
        List<string> names = [.. files.SelectMany(f => f.Names).Distinct(StringComparer.Ordinal)];
        return [.. files.Select(_ => new SourceColumns(names, [.. names.Select(Text)], []))];
    }

    private static string Text(string name) => $"CAST({DuckSession.Identifier(name)} AS VARCHAR)";

    private static SourceColumns Described(DuckSession duck, SourceFile file, string from, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        var nested = new List<string>();
        try
        {
            duck.Query($"DESCRIBE SELECT * FROM {from}", row =>
            {
                var plain = file.Format == DataFormat.Ndjson || !IsNested(row.GetString(1));
                (plain ? names : nested).Add(row.GetString(0));
            }, cancellationToken);
        }
        catch (DuckDBException e)
        {
            throw new InvalidInputException(
                $"'{file.Name}' is not readable {DataFormats.Name(file.Format)}: {e.Message.Split('\n')[0].Replace(file.Path, file.Name, StringComparison.Ordinal)} "
                + "Write the file again and upload it.");
        }

        return names.Count > 0
            ? new SourceColumns(names, [.. names.Select(Text)], nested)
            : throw new InvalidInputException($"'{file.Name}' has no column of plain values.");
    }

    private static string Ndjson(SourceFile file, string columns) =>
        $"read_json({DuckSession.Literal(file.Path)}, format = 'newline_delimited', maximum_object_size = {CsvRecords.LongestRecord}, {columns})";

    private static bool IsNested(string type) =>
        type.EndsWith(']') || type is "BLOB" or "BIT" || type.StartsWith("STRUCT", StringComparison.Ordinal)
        || type.StartsWith("MAP", StringComparison.Ordinal) || type.StartsWith("UNION", StringComparison.Ordinal);
}
