using Analytics.Trainer.Worker.Training.Forest;

namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>
/// Efron's bootstrap on held-out rows: samples of as many rows, drawn with replacement. Sample b of a seed is the same whatever
/// is measured on it, so two models measured on the same rows are compared pair by pair.
/// </summary>
public static class Bootstrap
{
    private const long Work = 200_000_000;
    private const ulong Seed = 1;

    /// <summary>The samples drawn: 1,000, and fewer (down to 100) the more there is to measure in each.</summary>
    public static int Samples(HeldOutAnswers answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var each = (long)answers.Rows * (answers is ClassAnswers { IsLarge: false } classes ? 8 + classes.ClassCount : 8);
        return (int)Math.Clamp(Work / each, 100, 1000);
    }

    /// <summary>The 95 % percentile interval of each figure of <see cref="HeldOutAnswers.Measure(int[])"/>; null where it is not defined.</summary>
    public static IReadOnlyList<Interval?> Intervals(HeldOutAnswers answers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var samples = Draw(answers, Samples(answers), answers.Measure, cancellationToken);
        return [.. Enumerable.Range(0, samples[0].Length).Select(f => Interval.Of(samples.Select(s => s[f]), 0.95))];
    }

    /// <summary>For each sample, at most so many, the metric of both.</summary>
    public static (double Candidate, double Other)[] Pairs(
        HeldOutAnswers candidate, HeldOutAnswers other, string metric, int most, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(other);
        return candidate.Rows == other.Rows
            ? Draw(candidate, Math.Min(most, Samples(candidate)), draws => (candidate.Measure(metric, draws), other.Measure(metric, draws)), cancellationToken)
            : throw new ArgumentException($"Expected answers on the same {candidate.Rows} rows, found {other.Rows}.", nameof(other));
    }

    private static T[] Draw<T>(HeldOutAnswers answers, int samples, Func<int[], T> measure, CancellationToken cancellationToken)
    {
        var results = new T[samples];
        Parallel.For(0, samples, new ParallelOptions { CancellationToken = cancellationToken }, () => new int[answers.Rows], (b, _, draws) =>
        {
            Array.Clear(draws);
            var random = new ForestRandom(Seed, (ulong)b);
            for (var i = 0; i < draws.Length; i++)
            {
                draws[random.Next(draws.Length)]++;
            }

            results[b] = measure(draws);
            return draws;
        }, _ => { });
        return results;
    }
}

/// <summary>An interval.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public sealed record Interval(double Low, double High)
{
    /// <summary>The central interval that holds this share of the samples that are numbers; null when there is none.</summary>
    public static Interval? Of(IEnumerable<double> samples, double share)
    {
        var sorted = samples.Where(double.IsFinite).Order().ToArray();
        return sorted.Length == 0 ? null : new Interval(Quantile(sorted, (1 - share) / 2), Quantile(sorted, (1 + share) / 2));
    }

    private static double Quantile(double[] sorted, double share)
    {
        var at = share * (sorted.Length - 1);
        var below = (int)Math.Floor(at);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
    }
}
