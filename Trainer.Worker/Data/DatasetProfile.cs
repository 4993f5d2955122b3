using System.Globalization;
using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>The statistics of a data set's columns (role <c>profile</c>); the baseline that drift is measured from.</summary>
/// <param name="Rows">The usable rows.</param>
/// <param name="Columns">The label and the input columns.</param>
public sealed record DatasetProfile(long Rows, IReadOnlyList<ColumnProfile> Columns)
{
    /// <summary>The rows that quantiles, frequent values and histograms were taken from; null: all.</summary>
    public int? SampleRows { get; init; }

    private const int MostTopValues = 20;
    private const int MostSorted = 1_000_000;

    /// <summary>Describes the given columns of the table.</summary>
    public static DatasetProfile Of(DatasetTable table, IEnumerable<string> columns)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(columns);
        return new DatasetProfile(table.RowCount, [.. columns.Select(name => Describe(table[name], table.RowCount))]);
    }

    private static ColumnProfile Describe(TableColumn column, int rows)
    {
        var missing = column.MissingCount;
        var profile = new ColumnProfile(
            column.Name,
            column.Type,
            rows == 0 ? 0 : (double)missing / rows,
            column.DistinctCount);
        return column switch
        {
            NumberColumn { IsBoolean: true } flags => profile with { TopValues = TopValues(flags) },
            DateColumn dates => profile with { Dates = DateProfile.Of(Strided(dates.Ticks)) },
            NumberColumn numbers => profile with { Numbers = NumberProfile.Of(Strided(numbers.Values)) },
            TextColumn texts => profile with { TopValues = TopValues(texts) },
            _ => profile,
        };
    }

    // Sorting ten million values a column would take longer than training on them.
    private static IEnumerable<T> Strided<T>(T[] values)
    {
        var stride = Math.Max(1, values.Length / MostSorted);
        for (var i = 0; i < values.Length; i += stride)
        {
            yield return values[i];
        }
    }

    private static List<ValueCount> TopValues(NumberColumn flags)
    {
        var values = flags.Values;
        return [.. new[] { new ValueCount("false", values.Count(v => v == 0)), new ValueCount("true", values.Count(v => v == 1)) }
            .Where(v => v.Count > 0).OrderByDescending(v => v.Count)];
    }

    private static List<ValueCount> TopValues(TextColumn column)
    {
        var counts = new int[column.Values.Count];
        foreach (var code in column.Codes.Where(c => c >= 0))
        {
            counts[code]++;
        }

        return
        [
            .. column.Values
                .Select((value, code) => new ValueCount(value, counts[code]))
                .OrderByDescending(v => v.Count)
                .ThenBy(v => v.Value, StringComparer.Ordinal)
                .Take(MostTopValues),
        ];
    }
}

/// <summary>One column's statistics.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="MissingShare">The share of rows without a value, 0 to 1.</param>
/// <param name="DistinctCount">The number of different values.</param>
/// <param name="Numbers">For a number column.</param>
/// <param name="TopValues">For a column of texts or booleans its most frequent values, most frequent first.</param>
public sealed record ColumnProfile(
    string Name,
    ColumnType Type,
    double MissingShare,
    long DistinctCount,
    NumberProfile? Numbers = null,
    IReadOnlyList<ValueCount>? TopValues = null)
{
    /// <summary>For a column of dates.</summary>
    public DateProfile? Dates { get; init; }

    /// <summary>True when the column alone gives the label away (<see cref="LabelLeaks"/>), where the data set names its label; else null.</summary>
    public bool? GivesLabelAway { get; init; }

    /// <summary>Cells that are text where nearly all others are numbers or dates, which training refuses; null: none.</summary>
    public long? TextsAmongNumbers { get; init; }
}

/// <summary>A value and how often it occurs.</summary>
public sealed record ValueCount(string Value, long Count);

/// <summary>The distribution of a number column's values.</summary>
/// <param name="Minimum">The smallest.</param>
/// <param name="Maximum">The largest.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Deciles">The quantiles at 0, 0.1 … 1, linearly interpolated as NumPy does by default.</param>
public sealed record NumberProfile(double Minimum, double Maximum, double Mean, IReadOnlyList<double> Deciles)
{
    private const int Bars = 20;

    /// <summary>How many values lie in each of twenty parts of equal width from the minimum to the maximum.</summary>
    public IReadOnlyList<long>? Histogram { get; init; }

    /// <summary>The distribution of the values that are not NaN; null when there is none.</summary>
    public static NumberProfile? Of(IEnumerable<float> values)
    {
        var sorted = values.Where(v => !float.IsNaN(v)).Order().ToArray();
        return sorted.Length == 0
            ? null
            : new NumberProfile(
                Shortest(sorted[0]),
                Shortest(sorted[^1]),
                Shortest((float)sorted.Average(v => (double)v)),
                [.. Enumerable.Range(0, 11).Select(d => Shortest((float)Quantile(sorted, d / 10.0)))])
            {
                Histogram = HistogramOf(sorted),
            };
    }

    private static long[] HistogramOf(float[] sorted)
    {
        var bars = new long[Bars];
        var width = ((double)sorted[^1] - sorted[0]) / Bars;
        foreach (var value in sorted)
        {
            bars[width > 0 ? Math.Min(Bars - 1, (int)(((double)value - sorted[0]) / width)) : 0]++;
        }

        return bars;
    }

    // The shortest decimals that are this float32: 1.3, which as a double would be 1.2999999523162842.
    private static double Shortest(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static double Quantile(float[] sorted, double share)
    {
        var at = share * (sorted.Length - 1);
        var below = (int)Math.Floor(at);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((at - below) * ((double)sorted[above] - sorted[below]));
    }
}
