using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

/// <summary>Small tables for tests.</summary>
internal static class Tables
{
    public static NumberColumn Numbers(string name, params IEnumerable<float> values) => new(name, [.. values]);

    public static TextColumn Texts(string name, params IEnumerable<string?> values)
    {
        var all = values.ToList();
        var distinct = all.OfType<string>().Distinct().ToList();
        return new TextColumn(name, [.. all.Select(v => v is null ? -1 : distinct.IndexOf(v))], distinct);
    }

    public static NumberColumn Booleans(string name, params IEnumerable<bool?> values) =>
        new(name, ColumnCells<float>.Of([.. values.Select(v => v is { } flag ? (flag ? 1f : 0f) : float.NaN)]), isBoolean: true);

    public static DateColumn Dates(string name, params IEnumerable<string?> values)
    {
        long[] ticks = [.. values.Select(v => DateText.TryParse(v, out var date) ? date.Ticks : DateColumn.Missing)];
        var type = ticks.Any(t => t != DateColumn.Missing && t % TimeSpan.TicksPerDay != 0) ? ColumnType.Timestamp : ColumnType.Date;
        return new DateColumn(name, ColumnCells<long>.Of(ticks), type);
    }

    public static DatasetTable Of(params TableColumn[] columns) => new(
        columns[0] switch
        {
            NumberColumn numbers => numbers.Values.Length,
            DateColumn dates => dates.Ticks.Length,
            TextColumn texts => texts.Codes.Length,
            _ => throw new NotSupportedException(),
        },
        columns);
}
