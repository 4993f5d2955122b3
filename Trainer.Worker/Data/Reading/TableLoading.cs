using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>
/// Reads the planned columns of a source: once for what they are, once for the values. Types cannot be known before the last
/// row, and knowing them is what lets a cell cost four bytes.
/// </summary>
internal static class TableLoading
{
    /// <summary>A table of more cells is kept in files, a column each (256 MB in memory at most).</summary>
    public const long MostCellsInMemory = 64L << 20;

    /// <summary>A text column of more different values is not read unless it is wanted: each of them is held in memory once.</summary>
    public const long MostTexts = 200_000;

    // HyperLogLog counts within some per cent; twice the bound is over it for certain.
    private const long ManyClasses = 2 * ClassTarget.MostClasses;

    /// <summary>Reads the table. Throws <see cref="InvalidInputException"/> naming line and column.</summary>
    public static TableReading Read(
        DatasetSource source, TablePlan plan, CancellationToken cancellationToken, long mostInMemory = MostCellsInMemory)
    {
        var label = source.IndexOf(plan.Label);
        var columns = Enumerable.Range(0, source.Header.Count).Where(c => c == label || plan.Columns.Contains(source.Header[c])).ToList();
        var (labelled, facts) = ColumnScan.Scan(source, label, columns, cancellationToken);
        if (source.Rows is { } strict && strict != labelled.Rows)
        {
            throw new InvalidOperationException($"The CSV check counts {strict} rows and DuckDB {labelled.Rows}; the two must agree.");
        }

        if (labelled.Labelled > Array.MaxLength)
        {
            throw new InvalidInputException($"The data has {labelled.Labelled} rows with a label; at most {Array.MaxLength} can be trained on.");
        }

        var types = TypesOf(source, plan, label, facts, cancellationToken);
        var tooMany = columns
            .Where(c => c != label && types[c] == ColumnType.Text && facts[c].Distinct > MostTexts && !plan.Wanted.Contains(source.Header[c]))
            .ToList();
        var read = columns.Except(tooMany).ToList();
        return new TableReading(
            Load(source, label, read, types, facts, (int)labelled.Labelled, mostInMemory, cancellationToken),
            labelled.Rows - labelled.Labelled,
            [.. tooMany.Select(c => source.Header[c])]);
    }

    /// <summary>Reads the given columns of a sample of the rows, labelled or not, into memory.</summary>
    public static DatasetTable LoadSample(
        DatasetSource source, IReadOnlyList<int> columns, IReadOnlyDictionary<int, ColumnType> types, string sample, int mostRows,
        CancellationToken cancellationToken)
    {
        var builders = columns.Select(c => ColumnBuilder.Of(source, c, types[c], null, 0, null)).ToList();
        var read = 0;
        source.Query(
            from => $"""
                SELECT {string.Join(", ", builders.Select(b => b.Sql))}
                FROM (SELECT {string.Join(", ", builders.Select(b => b.CastSql).OfType<string>().Prepend("*"))} FROM (SELECT * FROM ({from}){sample}))
                """,
            columns,
            row =>
            {
                if (read++ < mostRows)
                {
                    for (var b = 0; b < builders.Count; b++)
                    {
                        builders[b].Add(row, b);
                    }
                }
            },
            cancellationToken);
        return new DatasetTable(Math.Min(read, mostRows), [.. builders.Select(b => b.Build())]);
    }

    private static Dictionary<int, ColumnType> TypesOf(
        DatasetSource source, TablePlan plan, int label, IReadOnlyDictionary<int, ColumnFacts> facts, CancellationToken cancellationToken)
    {
        var types = new Dictionary<int, ColumnType>();
        foreach (var (c, column) in facts)
        {
            if (c == label)
            {
                types[c] = LabelType(source, plan, c, column, cancellationToken);
            }
            else if (DeclaredType(source, plan, column) is { } declared)
            {
                types[c] = declared.All ? declared.Type : throw Unexpected(source, label, c, column, plan, declared.Type, cancellationToken);
            }
            else if (plan.Text.Contains(column.Name))
            {
                types[c] = ColumnType.Text;
            }
            else
            {
                types[c] = column.Inferred() ?? (plan.Lenient.Contains(column.Name)
                    ? ColumnType.Text
                    : throw Unexpected(source, label, c, column, plan, column.Most, cancellationToken));
            }
        }

        return types;
    }

    // What the schema says a column is, and whether all its cells are so.
    private static (ColumnType Type, bool All)? DeclaredType(DatasetSource source, TablePlan plan, ColumnFacts column)
    {
        var schema = source.Schema;
        return plan.Number.Contains(column.Name) ? (ColumnType.Number, column.Texts == 0)
            : schema.Boolean?.Contains(column.Name) == true ? (ColumnType.Boolean, column.Booleans == column.Present)
            : schema.Date?.Contains(column.Name) == true ? (column.DateType, column.Dates == column.Present)
            : null;
    }

    // The label stays text, for "01" is another class than "1", unless it is surely a number to predict: its different values
    // would be held in memory, and there may be one a row.
    private static ColumnType LabelType(
        DatasetSource source, TablePlan plan, int label, ColumnFacts facts, CancellationToken cancellationToken)
    {
        if (plan.Target == TargetKind.Number)
        {
            return facts.Texts == 0 ? ColumnType.Number : throw Unexpected(source, label, label, facts, plan, ColumnType.Number, cancellationToken);
        }

        if (facts.Distinct <= ManyClasses)
        {
            return ColumnType.Text;
        }

        return facts.Texts == 0 && plan.Target is null
            ? ColumnType.Number
            : throw new InvalidInputException(
                $"The label column '{facts.Name}' has about {facts.Distinct} different values; at most {ClassTarget.MostClasses} classes can be "
                + $"trained. Is it an id or free text? Choose another label{(facts.Texts == 0 ? ", or train a number (target: number)" : "")}.");
    }

    private static InvalidInputException Unexpected(
        DatasetSource source, int label, int column, ColumnFacts facts, TablePlan plan, ColumnType expected, CancellationToken cancellationToken)
    {
        var declared = expected == ColumnType.Boolean ? "boolean" : expected.IsDate() ? "date" : "number";
        var isDeclared = column != label && DeclaredType(source, plan, facts) is not null;
        var (place, text) = FaultPlace.Find(source, label, column, expected, isDeclared, cancellationToken);
        var remedy = column == label
            ? "Correct it (rows without a label are left out), or train classes (target: classes)."
            : isDeclared
                ? $"Correct it (an empty cell or NA is a missing value), or take the column out of the schema's '{declared}' list."
                : "Correct it (an empty cell or NA is a missing value), or leave the column out (exclude), or name it in the "
                    + "schema's 'text' list when its values are names.";
        var right = expected == ColumnType.Boolean ? facts.Booleans : expected.IsDate() ? facts.Dates : facts.Numbers;
        var what = expected == ColumnType.Boolean ? "true or false" : expected.IsDate() ? "a date" : "a number";
        return new InvalidInputException($"{place}, column '{facts.Name}': expected {what} as in {right} other rows, found '{text}'. {remedy}");
    }

    private static DatasetTable Load(
        DatasetSource source, int label, List<int> columns, Dictionary<int, ColumnType> types, IReadOnlyDictionary<int, ColumnFacts> facts, int rows, long mostInMemory,
        CancellationToken cancellationToken)
    {
        var onDisk = (long)rows * columns.Count > mostInMemory;
        var builders = columns.ConvertAll(c => ColumnBuilder.Of(
            source, c, types[c], onDisk ? Path.Combine(source.Scratch, $"column-{c}") : null, rows, onDisk ? (int)facts[c].Distinct : null));
        try
        {
            var read = 0;
            source.Query(
                from => $"""
                    SELECT {string.Join(", ", builders.Select(b => b.Sql))}
                    FROM (SELECT {string.Join(", ", builders.Select(b => b.CastSql).OfType<string>().Prepend("*"))} FROM ({from}) WHERE NOT {source.Cells.IsMissing($"v{label}")})
                    """,
                columns,
                row =>
                {
                    read++;
                    for (var b = 0; b < builders.Count; b++)
                    {
                        builders[b].Add(row, b);
                    }
                },
                cancellationToken);
            return read == rows
                ? new DatasetTable(rows, [.. builders.Select(b => b.Build())])
                : throw new InvalidOperationException($"The first pass counted {rows} rows, the second {read}.");
        }
        finally
        {
            builders.ForEach(b => b.Dispose());
        }
    }
}
