using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Training.Features;

/// <summary>Learns a <see cref="FeatureEncoding"/>: medians and categories from the training rows, "optional" from all rows.</summary>
public static class FeatureFitting
{
    /// <summary>
    /// A text column keeps its most frequent categories, at most this many; the rarer ones are then treated like unseen ones.
    /// </summary>
    public const int MostCategories = 100;

    /// <summary>
    /// Learns the encoding for a target; a sentence is added to <paramref name="warnings"/> where categories are cut.
    /// </summary>
    public static FeatureEncoding Fit(
        DatasetTable table,
        IReadOnlyList<TableColumn> inputs,
        IReadOnlyList<int> trainRows,
        Target target,
        FeatureStyle style,
        ICollection<string> warnings) => target switch
        {
            ClassTarget classes => Fit(table, inputs, trainRows, classes.Indexes, classes.Classes.Count, style, warnings),
            NumberTarget number => Fit(table, inputs, trainRows, style, CategoryOrder.Of(number.Values), warnings),
            _ => throw new NotSupportedException(target?.GetType().Name),
        };

    /// <summary>
    /// Learns the encoding; a sentence is added to <paramref name="warnings"/> where categories are cut.
    /// <paramref name="labels"/> holds for each row of the table its class, below <paramref name="classes"/>.
    /// </summary>
    public static FeatureEncoding Fit(
        DatasetTable table,
        IReadOnlyList<TableColumn> inputs,
        IReadOnlyList<int> trainRows,
        IReadOnlyList<int> labels,
        int classes,
        FeatureStyle style,
        ICollection<string> warnings) => Fit(table, inputs, trainRows, style, CategoryOrder.Of(labels, classes), warnings);

    private static FeatureEncoding Fit(
        DatasetTable table,
        IReadOnlyList<TableColumn> inputs,
        IReadOnlyList<int> trainRows,
        FeatureStyle style,
        CategoryRanking ranking,
        ICollection<string> warnings)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(trainRows);
        ArgumentNullException.ThrowIfNull(warnings);
        var encodings = new List<ColumnEncoding>(inputs.Count);
        foreach (var column in inputs.SelectMany(c => c is DateColumn date ? date.Parts : (IEnumerable<TableColumn>)[c]))
        {
            var optional = column.MissingCount > 0;
            var indicator = style == FeatureStyle.Indicators && optional && AnyMissing(column, trainRows);
            encodings.Add((column, style) switch
            {
                (NumberColumn, FeatureStyle.Ordered) => new NumberEncoding(column.Name, float.NaN, optional, Indicator: false),
                (TextColumn texts, FeatureStyle.Ordered) => Ordered(texts, trainRows, ranking, optional, warnings),
                (NumberColumn numbers, _) => new NumberEncoding(column.Name, Median(numbers, trainRows), optional, indicator),
                (TextColumn texts, _) => new TextEncoding(column.Name, Categories(texts, trainRows, warnings), optional, indicator),
                _ => throw new NotSupportedException(column.GetType().Name),
            });
        }

        return new FeatureEncoding(encodings);
    }

    private static bool AnyMissing(TableColumn column, IReadOnlyList<int> rows)
    {
        if (column is TextColumn texts)
        {
            var codes = texts.Codes;
            return rows.Any(r => codes[r] < 0);
        }

        var values = ((NumberColumn)column).Values;
        return rows.Any(r => float.IsNaN(values[r]));
    }

    private static float Median(NumberColumn column, IReadOnlyList<int> rows)
    {
        var all = column.Values;
        var values = rows.Select(r => all[r]).Where(v => !float.IsNaN(v)).Order().ToArray();
        if (values.Length == 0)
        {
            // All its values are held out: any constant will do, the column tells the training nothing.
            return 0;
        }

        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (float)(((double)values[middle - 1] + values[middle]) / 2);
    }

    private static OrderedTextEncoding Ordered(
        TextColumn column,
        IReadOnlyList<int> trainRows,
        CategoryRanking ranking,
        bool optional,
        ICollection<string> warnings)
    {
        var categories = Categories(column, trainRows, warnings);
        var place = categories.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => p.i, StringComparer.Ordinal);
        var placeOf = column.Values.Select(v => place.GetValueOrDefault(v, -1)).ToArray();
        var codeOf = column.Codes;
        var rows = trainRows.Where(r => codeOf[r] >= 0 && placeOf[codeOf[r]] >= 0);
        var (codes, unseen) = ranking(rows.Select(r => (placeOf[codeOf[r]], r)), categories.Count);
        return new OrderedTextEncoding(column.Name, categories, codes, unseen, optional);
    }

    private static List<string> Categories(TextColumn column, IReadOnlyList<int> rows, ICollection<string> warnings)
    {
        var counts = new int[column.Values.Count];
        var codeOf = column.Codes;
        foreach (var row in rows.Where(r => codeOf[r] >= 0))
        {
            counts[codeOf[row]]++;
        }

        var seen = Enumerable.Range(0, counts.Length).Where(c => counts[c] > 0).ToList();
        var kept = seen
            .OrderByDescending(c => counts[c])
            .ThenBy(c => column.Values[c], StringComparer.Ordinal)
            .Take(MostCategories)
            .Select(c => column.Values[c])
            .Order(StringComparer.Ordinal)
            .ToList();
        if (kept.Count < seen.Count)
        {
            warnings.Add(
                $"Column '{column.Name}' has {seen.Count} different texts; the {MostCategories} most frequent are categories, the others count as unseen.");
        }

        return kept;
    }
}
