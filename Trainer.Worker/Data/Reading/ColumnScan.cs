namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>The first pass over a source, in one statement: what every column's cells are.</summary>
internal static class ColumnScan
{
    /// <summary>
    /// Counts the rows, and over those that have a label (all, when there is no label column) what each column's cells are.
    /// </summary>
    public static ((long Rows, long Labelled) Counts, IReadOnlyDictionary<int, ColumnFacts> Facts) Scan(
        DatasetSource source, int? label, IReadOnlyList<int> columns, CancellationToken cancellationToken)
    {
        var declared = new DeclaredColumns(source);
        var casts = columns.Select(c => $"v{c}, {source.Cells.Cast($"v{c}")} AS f{c}");
        var numbers = columns.Select(c => $"v{c}, f{c}, {(declared.IsAny(c) ? "false" : $"keep AND {source.Cells.IsNumber($"v{c}", $"f{c}")}")} AS n{c}");
        var texts = columns.Select(c =>
            $"CASE WHEN n{c} THEN f{c} END AS x{c}, CASE WHEN keep AND NOT n{c} AND NOT {source.Cells.IsMissing($"v{c}")} THEN v{c} END AS t{c}");
        var facts = columns.Select(c => $"count(x{c}), count(t{c}), approx_count_distinct(x{c}) + approx_count_distinct(t{c}), "
            + $"count(*) FILTER ({declared.IsDate(c)}), count(*) FILTER (CASE WHEN {declared.IsDate(c)} THEN {declared.HasTime(c)} ELSE false END), count(*) FILTER ({declared.IsBoolean(c)})");
        var keep = label is { } l ? $"NOT {source.Cells.IsMissing($"v{l}")}" : "true";
        (long, long) counts = (0, 0);
        var found = new Dictionary<int, ColumnFacts>();
        source.Query(
            from => $"""
                SELECT count(*), count(*) FILTER (keep), {string.Join(", ", facts)}
                FROM (SELECT keep, {string.Join(", ", texts)}
                FROM (SELECT keep, {string.Join(", ", numbers)}
                FROM (SELECT {keep} AS keep, {string.Join(", ", casts)} FROM ({from}))))
                """,
            label is { } more ? columns.Append(more) : columns,
            row =>
            {
                counts = (row.GetInt64(0), row.GetInt64(1));
                for (var i = 0; i < columns.Count; i++)
                {
                    var at = 2 + (6 * i);
                    found[columns[i]] = new ColumnFacts(
                        source.Header[columns[i]], row.GetInt64(at), row.GetInt64(at + 1), row.GetInt64(at + 2))
                    {
                        Dates = row.GetInt64(at + 3),
                        Times = row.GetInt64(at + 4),
                        Booleans = row.GetInt64(at + 5),
                    };
                }
            },
            cancellationToken);
        return (counts, found);
    }

    // Columns of which the schema says what they are: their values are read as that, whatever else they could be.
    private sealed class DeclaredColumns(DatasetSource source)
    {
        private readonly HashSet<string> _dates = [.. source.Schema.Date ?? []];
        private readonly HashSet<string> _booleans = [.. source.Schema.Boolean ?? []];

        public bool IsAny(int column) => _dates.Contains(source.Header[column]) || _booleans.Contains(source.Header[column]);

        public string IsDate(int column) =>
            _dates.Contains(source.Header[column]) ? source.Cells.IsDeclaredDate($"t{column}") : CellSql.IsDate($"t{column}");

        public string HasTime(int column) => CellSql.HasTime(
            _dates.Contains(source.Header[column]) ? source.Cells.DeclaredDate($"t{column}") : $"t{column}");

        public string IsBoolean(int column) => CellSql.IsBoolean($"t{column}", _booleans.Contains(source.Header[column]));
    }
}
