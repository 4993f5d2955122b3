namespace Analytics.Testing;

/// <summary>The tables of <c>docs/telemetry.md</c>.</summary>
public static class TelemetryPage
{
    /// <summary>The metrics by name.</summary>
    public static IReadOnlyDictionary<string, DescribedMetric> Metrics { get; } = Rows(4)
        .Where(cells => cells[0].StartsWith("`analytics.", StringComparison.Ordinal))
        .Select(cells => new DescribedMetric(cells[0].Trim('`'), cells[1].Trim('`'), Names(cells[2])))
        .ToDictionary(m => m.Name);

    /// <summary>The rows of the table of CloudWatch's metrics, cell by cell.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> CloudWatch { get; } = [.. Rows(5).Skip(1)];

    private static IEnumerable<string[]> Rows(int cells) =>
        from line in File.ReadLines(Path.Combine(RepositoryFiles.Root, "docs", "telemetry.md"))
        where line.StartsWith('|') && !line.StartsWith("|-", StringComparison.Ordinal)
        let row = line.Trim('|').Split('|', StringSplitOptions.TrimEntries)
        where row.Length == cells
        select row;

    private static string[] Names(string cell) => [.. cell.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(n => n.Trim('`'))];
}

/// <summary>A metric as the page has it.</summary>
/// <param name="Name">The instrument's name.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Attributes">The attributes that a value may have.</param>
public sealed record DescribedMetric(string Name, string Unit, IReadOnlyList<string> Attributes);
