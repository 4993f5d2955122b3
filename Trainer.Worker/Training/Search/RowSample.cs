using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Forest;

namespace Analytics.Trainer.Worker.Training.Search;

/// <summary>Seeded samples and folds of rows; each class (or range of a number) keeps its share.</summary>
internal static class RowSample
{
    /// <summary>The most training rows that a search cross-validates on.</summary>
    public const int SearchRows = 10_000;

    /// <summary>At most so many of the rows, in their order.</summary>
    public static IReadOnlyList<int> Take(Target target, IReadOnlyList<int> rows, int most, int seed)
    {
        if (rows.Count <= most)
        {
            return rows;
        }

        // Evenly spaced places of the rows dealt by target are a stratified sample.
        var dealt = Ordered(target, rows, seed);
        return [.. Enumerable.Range(0, most).Select(i => dealt[(int)((long)i * dealt.Length / most)]).Order()];
    }

    /// <summary>The rows dealt into folds, each in the rows' order.</summary>
    public static int[][] Deal(Target target, IReadOnlyList<int> rows, int folds, int seed)
    {
        var dealt = Ordered(target, rows, seed);
        return [.. Enumerable.Range(0, folds).Select(f => dealt.Where((_, place) => place % folds == f).Order().ToArray())];
    }

    // Shuffled, then by target; the sort is stable, so that equal targets stay shuffled.
    private static int[] Ordered(Target target, IReadOnlyList<int> rows, int seed)
    {
        int[] shuffled = [.. rows];
        var random = new ForestRandom((ulong)seed, 0xF01D);
        for (var i = shuffled.Length - 1; i > 0; i--)
        {
            var other = random.Next(i + 1);
            (shuffled[i], shuffled[other]) = (shuffled[other], shuffled[i]);
        }

        return target switch
        {
            ClassTarget classes => [.. shuffled.OrderBy(r => classes.Indexes[r])],
            NumberTarget number => [.. shuffled.OrderBy(r => number.Values[r])],
            _ => throw new NotSupportedException(target.GetType().Name),
        };
    }
}
