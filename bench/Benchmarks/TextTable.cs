namespace Analytics.Benchmarks;

/// <summary>A table for people, in Markdown so that it can go into the documentation as it is.</summary>
internal static class TextTable
{
    public static void Write(TextWriter writer, string[] header, IEnumerable<string[]> rows)
    {
        var lines = rows.Prepend(header).ToList();
        var widths = header.Select((_, c) => lines.Max(l => l[c].Length)).ToArray();
        foreach (var (line, index) in lines.Select((l, i) => (l, i)))
        {
            writer.WriteLine($"| {string.Join(" | ", line.Select((cell, c) => cell.PadRight(widths[c])))} |");
            if (index == 0)
            {
                writer.WriteLine($"|{string.Join("|", widths.Select(w => new string('-', w + 2)))}|");
            }
        }
    }
}
