using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>Which columns of a file become a table.</summary>
/// <param name="Label">The label column: always read as text; rows where it is missing are left out.</param>
/// <param name="Columns">The other columns.</param>
/// <param name="Text">Those of them that are text whatever they look like.</param>
/// <param name="Lenient">Those that nothing is learned from: a few texts among their numbers make them text, not a fault.</param>
public sealed record TablePlan(
    string Label, IReadOnlySet<string> Columns, IReadOnlySet<string> Text, IReadOnlySet<string> Lenient);

/// <summary>A table as read.</summary>
/// <param name="Table">The rows that have a label.</param>
/// <param name="UnlabelledRows">The number of rows left out because they have none.</param>
public sealed record TableReading(DatasetTable Table, long UnlabelledRows);

/// <summary>
/// Reads a CSV file twice: once for the columns' types, once for the values. Reading twice is what lets a cell cost four bytes;
/// types cannot be known before the last line.
/// </summary>
public static class CsvDataset
{
    private const int LinesBetweenChecks = 4096;

    /// <summary>The file's column names in order. Throws <see cref="InvalidInputException"/> when the header is at fault.</summary>
    public static IReadOnlyList<string> ReadHeader(string path)
    {
        using var records = new CsvRecords(path);
        return records.Header;
    }

    /// <summary>Reads the planned columns. Throws <see cref="InvalidInputException"/> naming line and column.</summary>
    public static TableReading Read(string path, TablePlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var scans = new List<(int Field, ColumnScan Scan)>();
        var rows = 0;
        var unlabelled = 0L;
        using (var records = new CsvRecords(path))
        {
            var label = IndexOf(records.Header, plan.Label);
            for (var f = 0; f < records.Header.Count; f++)
            {
                var name = records.Header[f];
                if (f == label || plan.Columns.Contains(name))
                {
                    scans.Add((f, new ColumnScan(name, f == label || plan.Text.Contains(name), plan.Lenient.Contains(name))));
                }
            }

            while (Next(records, cancellationToken))
            {
                if (CellText.IsMissing(records.Field(label)))
                {
                    unlabelled++;
                    continue;
                }

                rows++;
                foreach (var (field, scan) in scans)
                {
                    scan.Add(records.Field(field), records.Line);
                }
            }
        }

        var columns = scans.Select(s => (s.Field, Builder: ColumnBuilder.For(s.Scan, rows))).ToList();
        using (var records = new CsvRecords(path))
        {
            var label = IndexOf(records.Header, plan.Label);
            while (Next(records, cancellationToken))
            {
                if (CellText.IsMissing(records.Field(label)))
                {
                    continue;
                }

                foreach (var (field, builder) in columns)
                {
                    builder.Add(records.Field(field));
                }
            }
        }

        return new TableReading(new DatasetTable(rows, [.. columns.Select(c => c.Builder.Build())]), unlabelled);
    }

    private static bool Next(CsvRecords records, CancellationToken cancellationToken)
    {
        if (records.Line % LinesBetweenChecks == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return records.Read();
    }

    private static int IndexOf(IReadOnlyList<string> header, string name)
    {
        for (var f = 0; f < header.Count; f++)
        {
            if (header[f] == name)
            {
                return f;
            }
        }

        throw new InvalidInputException($"The data has no column '{name}'; it has {NameList.Of(header)}.");
    }
}
