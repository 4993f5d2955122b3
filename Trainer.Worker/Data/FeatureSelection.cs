namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// Leaves out columns that cannot help or would mislead, unless the schema's <c>include</c> names them: constants, row numbers
/// (1, 2, 3 … in file order), numbers that are ids (<see cref="NumberIds"/>), and texts that are different in nearly every row (ids, free text).
/// </summary>
public static class FeatureSelection
{
    /// <summary>A text column with at least this share of distinct values among its values is an id or free text.</summary>
    public const double IdShare = 0.5;

    /// <summary>Below this many distinct values a text column is never taken for an id.</summary>
    public const int FewestIds = 10;

    /// <summary>
    /// The input columns in file order; a sentence is added to <paramref name="warnings"/> for each reason to leave some out,
    /// the column that groups rows among them. Throws <see cref="InvalidInputException"/> when none is left.
    /// </summary>
    public static IReadOnlyList<TableColumn> Select(
        DatasetTable table, ColumnChoice choice, ICollection<string> warnings, string? group = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(choice);
        ArgumentNullException.ThrowIfNull(warnings);
        var kept = new List<TableColumn>();
        var left = new List<(string Reason, string Name)>();
        foreach (var name in choice.Candidates.Where(n => table.Find(n) is not null))
        {
            var column = table[name];
            // No held-out row's group was ever trained on: it can only mislead.
            var reason = name == group && !choice.Named.Contains(name)
                ? "the split groups rows by it"
                : ReasonAgainst(column, table.RowCount, choice.Named.Contains(name));
            if (reason is not null)
            {
                left.Add((reason, name));
            }
            else
            {
                kept.Add(column);
            }
        }

        foreach (var reason in left.GroupBy(l => l.Reason))
        {
            warnings.Add($"Left out because {reason.Key}: {NameList.Of(reason.Select(l => l.Name))}.");
        }

        if (kept.OfType<DateColumn>().SelectMany(d => d.Parts).FirstOrDefault(p => table.Columns.Any(c => c.Name == p.Name)) is { } clash)
        {
            throw new InvalidInputException(
                $"The column '{clash.Name}' has the name of a part of a date; rename it or leave it out (exclude).");
        }

        return kept.Count > 0
            ? kept
            : throw new InvalidInputException(
                $"No column is left to learn from. {string.Join(" ", warnings)} Name the columns to use in the schema's 'include'.");
    }

    private static string? ReasonAgainst(TableColumn column, int rows, bool named)
    {
        if (column.MissingCount == rows)
        {
            return "it has no value in any row";
        }

        if (named)
        {
            return null;
        }

        var present = rows - column.MissingCount;
        if (column.IsConstant)
        {
            return "it has the same value in every row";
        }

        return column switch
        {
            NumberColumn numbers when present == rows && CountsRows(numbers.Values) => "it numbers the rows",
            NumberColumn { IsBoolean: false } numbers when NumberIds.IsId(numbers, present) =>
                "its name and its different whole numbers are those of ids ('include' keeps it)",
            TextColumn texts when texts.DistinctCount >= FewestIds && texts.DistinctCount >= IdShare * present =>
                "its text differs in nearly every row (ids or free text; 'include' keeps it)",
            _ => null,
        };
    }

    private static bool CountsRows(float[] values)
    {
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] != values[0] + i)
            {
                return false;
            }
        }

        return true;
    }
}
