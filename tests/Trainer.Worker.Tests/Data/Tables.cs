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

    public static DatasetTable Of(params TableColumn[] columns) => new(
        columns[0] is NumberColumn numbers ? numbers.Values.Length : ((TextColumn)columns[0]).Codes.Length, columns);
}
