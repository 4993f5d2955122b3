namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// Finds columns that alone give the label away: known only when the label is, as a refund's date tells that there was a refund.
/// Of at most 10,000 training rows, evenly spaced, each is answered from the others by one column alone: the label of the rows with the same value,
/// else of those with the nearest one. A column is named when that leaves at most a thousandth of what always answering the most
/// frequent class gets wrong, or of the variance of a number; of numbers a straight line will do as well.
/// </summary>
internal static class LabelLeaks
{
    private const double Left = 0.001;
    private const int FewestRows = 30;
    private const int MostRows = 10_000;

    /// <summary>The names of such columns among the inputs, in their order.</summary>
    public static IReadOnlyList<string> Find(Target target, IReadOnlyList<TableColumn> inputs, IReadOnlyList<int> trainRows)
    {
        if (trainRows.Count < FewestRows)
        {
            return [];
        }

        var count = Math.Min(MostRows, trainRows.Count);
        int[] rows = [.. Enumerable.Range(0, count).Select(i => trainRows[(int)((long)i * trainRows.Count / count)])];

        return [.. inputs.Where(c => GivesAway(target, SplitKeys.Of(c.Take(rows)), c, rows)).Select(c => c.Name)];
    }

    private static bool GivesAway(Target target, long[] keys, TableColumn column, IReadOnlyList<int> rows) => target switch
    {
        ClassTarget classes => ErrorLeft(keys, column, [.. rows.Select(r => classes.Indexes[r])], classes.Classes.Count) <= Left,
        NumberTarget number => Math.Min(
            VarianceLeft(keys, column, [.. rows.Select(r => (double)number.Values[r])]), LineLeft(column, rows, number.Values)) <= Left,
        _ => throw new NotSupportedException(target.GetType().Name),
    };

    private static double ErrorLeft(long[] keys, TableColumn column, int[] labels, int classes)
    {
        var all = new int[classes];
        Array.ForEach(labels, k => all[k]++);
        var wrong = 0;
        ByNeighbour(keys, column, (rows, others) =>
        {
            if (rows.Length == 1)
            {
                wrong += MostFrequent(others.Length > 0 ? Count(others) : all) == labels[rows[0]] ? 0 : 1;
                return;
            }

            var own = Count(rows);
            foreach (var row in rows)
            {
                own[labels[row]]--;
                wrong += MostFrequent(own) == labels[row] ? 0 : 1;
                own[labels[row]]++;
            }
        });
        return wrong / (double)Math.Max(1, labels.Length - all.Max());

        int[] Count(int[] rows)
        {
            var counts = new int[classes];
            Array.ForEach(rows, r => counts[labels[r]]++);
            return counts;
        }

        static int MostFrequent(int[] counts) => Array.IndexOf(counts, counts.Max());
    }

    private static double VarianceLeft(long[] keys, TableColumn column, double[] values)
    {
        var mean = values.Average();
        var left = 0.0;
        ByNeighbour(keys, column, (rows, others) =>
        {
            var sum = rows.Sum(r => values[r]);
            var near = others.Length > 0 ? others.Average(r => values[r]) : mean;
            left += rows.Sum(r => Square(values[r] - (rows.Length > 1 ? (sum - values[r]) / (rows.Length - 1) : near)));
        });
        return left / values.Sum(v => Square(v - mean));
    }

    // 1 − r²; rows without the number say nothing and count as wrong.
    private static double LineLeft(TableColumn column, IReadOnlyList<int> rows, float[] values)
    {
        var x = new float[rows.Count];
        (column as NumberColumn)?.Gather(rows, 0, x);
        if (column is not NumberColumn || Array.Exists(x, float.IsNaN))
        {
            return 1;
        }

        var (meanX, meanY) = (x.Average(v => (double)v), rows.Average(r => (double)values[r]));
        double xx = 0, xy = 0, yy = 0;
        for (var i = 0; i < x.Length; i++)
        {
            var (dx, dy) = (x[i] - meanX, values[rows[i]] - meanY);
            (xx, xy, yy) = (xx + (dx * dx), xy + (dx * dy), yy + (dy * dy));
        }

        return xx > 0 && yy > 0 ? 1 - (xy * xy / (xx * yy)) : 1;
    }

    // Rows of one value, with those of the nearest other value where there is an order.
    private static void ByNeighbour(long[] keys, TableColumn column, Action<int[], int[]> visit)
    {
        var groups = Enumerable.Range(0, keys.Length).GroupBy(r => keys[r]).OrderBy(g => g.Key).Select(g => (g.Key, Rows: g.ToArray())).ToArray();
        for (var g = 0; g < groups.Length; g++)
        {
            var ordered = column is not TextColumn && groups[g].Key != SplitKeys.Missing;
            var below = ordered && g > 0 && groups[g - 1].Key != SplitKeys.Missing ? groups[g].Key - groups[g - 1].Key : long.MaxValue;
            var above = ordered && g + 1 < groups.Length ? groups[g + 1].Key - groups[g].Key : long.MaxValue;
            visit(groups[g].Rows, Math.Min(below, above) == long.MaxValue ? [] : groups[below <= above ? g - 1 : g + 1].Rows);
        }
    }

    private static double Square(double value) => value * value;
}
