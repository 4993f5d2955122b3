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
        var casts = columns.Select(c => $"v{c}, {source.Cells.Cast($"v{c}")} AS f{c}");
        var numbers = columns.Select(c => $"v{c}, f{c}, keep AND {source.Cells.IsNumber($"v{c}", $"f{c}")} AS n{c}");
        var texts = columns.Select(c =>
            $"CASE WHEN n{c} THEN f{c} END AS x{c}, CASE WHEN keep AND NOT n{c} AND NOT {CellSql.IsMissing($"v{c}")} THEN v{c} END AS t{c}");
        var facts = columns.Select(c => $"count(x{c}), count(t{c}), approx_count_distinct(x{c}) + approx_count_distinct(t{c})");
        var keep = label is { } l ? $"NOT {CellSql.IsMissing($"v{l}")}" : "true";
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
                    var at = 2 + (3 * i);
                    found[columns[i]] = new ColumnFacts(
                        source.Header[columns[i]], row.GetInt64(at), row.GetInt64(at + 1), row.GetInt64(at + 2));
                }
            },
            cancellationToken);
        return (counts, found);
    }
}
