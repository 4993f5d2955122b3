using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Forest;

namespace Analytics.Trainer.Worker.Training.Search;

/// <summary>Folds of rows that belong together or follow each other; keys are those of <see cref="SplitKeys"/>, for each row of the table.</summary>
internal static class FoldOrder
{
    /// <summary>
    /// Each group in one fold: the groups in a seeded order, the largest first, each into the smallest fold. Throws
    /// <see cref="InvalidInputException"/> when there are not two.
    /// </summary>
    public static int[][] ByGroup(long[] keys, IReadOnlyList<int> rows, int folds, int seed)
    {
        var random = new ForestRandom((ulong)seed, 0xF01D);
        var groups = rows.GroupBy(r => keys[r]).Select(g => (Rows: g.ToArray(), Place: random.Next(int.MaxValue)))
            .OrderByDescending(g => g.Rows.Length).ThenBy(g => g.Place).ToList();
        if (groups.Count < 2)
        {
            throw new InvalidInputException(
                "The search cannot cross-validate: the split is by group, and all training rows are of one group. Name an algorithm without a 'budget'.");
        }

        var dealt = Enumerable.Range(0, Math.Min(folds, groups.Count)).Select(_ => new List<int>()).ToArray();
        foreach (var (group, _) in groups)
        {
            dealt.MinBy(f => f.Count)!.AddRange(group);
        }

        return [.. dealt.Select(f => f.Order().ToArray())];
    }

    /// <summary>
    /// By time: the earlier half of the rows, and the later one as folds of about equal size, one after the other; rows of one time
    /// are together, and rows without a time among the earliest.
    /// </summary>
    public static (int[] Before, int[][] Folds) ByTime(long[] keys, IReadOnlyList<int> rows, int folds)
    {
        int[] sorted = [.. rows.OrderBy(r => keys[r])];
        var starts = new List<int>();
        for (var f = 0; f < folds; f++)
        {
            var at = (int)((long)sorted.Length * (folds + f) / (2 * folds));
            while (at > 0 && at < sorted.Length && keys[sorted[at]] == keys[sorted[at - 1]])
            {
                at++;
            }

            if (at > 0 && at < sorted.Length && !starts.Contains(at))
            {
                starts.Add(at);
            }
        }

        return starts.Count > 0
            ? ([.. sorted[..starts[0]].Order()], [.. starts.Select((s, f) => sorted[s..(f + 1 < starts.Count ? starts[f + 1] : sorted.Length)].Order().ToArray())])
            : throw new InvalidInputException(
                "The search cannot cross-validate: the split is by time, and the later half of the training rows has one time. Name an algorithm without a 'budget'.");
    }
}
