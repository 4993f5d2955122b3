using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>The distribution of a date column's values, each as <see cref="DateText.Format"/> writes it.</summary>
/// <param name="Minimum">The earliest.</param>
/// <param name="Maximum">The latest.</param>
/// <param name="Deciles">At 0, 0.1 … 1 the latest value that so many do not exceed.</param>
/// <param name="Histogram">How many values lie in each of twenty parts of equal width from the earliest to the latest.</param>
public sealed record DateProfile(string Minimum, string Maximum, IReadOnlyList<string> Deciles, IReadOnlyList<long> Histogram)
{
    private const int Bars = 20;

    /// <summary>The distribution of the ticks that are not missing; null when there is none.</summary>
    internal static DateProfile? Of(IEnumerable<long> ticks)
    {
        var sorted = ticks.Where(t => t != DateColumn.Missing).Order().ToArray();
        if (sorted.Length == 0)
        {
            return null;
        }

        var bars = new long[Bars];
        var width = ((double)sorted[^1] - sorted[0]) / Bars;
        foreach (var value in sorted)
        {
            bars[width > 0 ? Math.Min(Bars - 1, (int)((value - sorted[0]) / width)) : 0]++;
        }

        return new DateProfile(
            DateColumn.TextOf(sorted[0])!,
            DateColumn.TextOf(sorted[^1])!,
            [.. Enumerable.Range(0, 11).Select(d => DateColumn.TextOf(sorted[d * (sorted.Length - 1) / 10])!)],
            bars);
    }
}
