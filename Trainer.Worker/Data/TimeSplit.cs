using System.Globalization;
using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// Holds out the latest rows: those from the cut on, the value nearest to leaving the share behind it; rows of one time are on one
/// side. With later data the cut moves on, so a row once held out may be trained on later; what holds is that no version is measured
/// on rows that it, or the champion that it is compared with, has trained on.
/// </summary>
internal static class TimeSplit
{
    /// <summary>For each row, true when it is held out; and the cut. Rows without a time are trained on.</summary>
    public static (bool[] Held, string Cut) Assign(DatasetTable table, SplitDefinition split, ICollection<string> warnings)
    {
        var column = table[split.Columns[0]];
        if (column is TextColumn || column.Type == ColumnType.Boolean)
        {
            throw new InvalidInputException(
                $"The split is by time, and column '{column.Name}' is {(column is TextColumn ? "text" : "boolean")}; expected dates (ISO 8601, or in the schema's "
                + "'dateFormat') or numbers.");
        }

        var keys = SplitKeys.Of(column);
        var sorted = keys.Where(k => k != SplitKeys.Missing).Order().ToArray();
        if (sorted.Length == 0 || sorted[0] == sorted[^1])
        {
            throw new InvalidInputException($"The split is by time, and column '{column.Name}' has not two different values. Choose another column.");
        }

        if (keys.Length > sorted.Length)
        {
            warnings.Add($"{keys.Length - sorted.Length} rows have no time in column '{column.Name}'; they are trained on.");
        }

        var cut = CutOf(sorted, split.HoldoutShare);
        return (Array.ConvertAll(keys, k => k >= cut), TextOf(column, Array.IndexOf(keys, cut)));
    }

    /// <summary>True when the cut of a version is later than another's, or the two cannot be compared: it may have trained on rows held out there.</summary>
    public static bool IsLater(string? cut, string? other)
    {
        var numbers = (CellText.TryParseNumber(cut, out var left) ? 1 : 0) + (CellText.TryParseNumber(other, out var right) ? 1 : 0);
        return numbers switch
        {
            2 => left > right,
            // Of dates the order of the texts is that of the days.
            0 => cut is null || other is null || string.CompareOrdinal(cut, other) > 0,
            _ => true,
        };
    }

    private static long CutOf(long[] sorted, double share)
    {
        var wanted = share * sorted.Length;
        var at = sorted[Math.Clamp((int)(sorted.Length - wanted), 0, sorted.Length - 1)];
        var (first, next) = (FirstFrom(sorted, at), FirstFrom(sorted, at + 1));
        return next < sorted.Length && (first == 0 || Math.Abs(sorted.Length - next - wanted) < Math.Abs(sorted.Length - first - wanted))
            ? sorted[next]
            : at;
    }

    private static int FirstFrom(long[] sorted, long key)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = sorted[middle] < key ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static string TextOf(TableColumn column, int row) => column is DateColumn dates
        ? dates[row]!
        : ((NumberColumn)column)[row].ToString("R", CultureInfo.InvariantCulture);
}
