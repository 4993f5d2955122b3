using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Forest;

namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>
/// Permutation importance on held-out rows, as scikit-learn's <c>permutation_importance</c>: by how much the metric worsens when a
/// column's values are shuffled among the rows, the served graph answering.
/// </summary>
internal static class HoldoutImportance
{
    private const int Repeats = 3;
    // A graph of a hundred trees answers some 50,000 rows a second: a few seconds at most.
    private const int MostAnswers = 200_000;
    private const int MostRows = 5_000;
    private const int FewestRows = 100;

    /// <summary>The importances, in the signature's order.</summary>
    public static ImportanceReport Of(
        IScorer scorer, Signature signature, PreparedData data, string metric, CancellationToken cancellationToken)
    {
        var columns = signature.Inputs.Count;
        var count = Math.Clamp(MostAnswers / (columns * Repeats), FewestRows, MostRows);
        var step = Math.Max(1, (data.HoldoutRows.Count + count - 1) / count);
        int[] chosen = [.. data.HoldoutRows.Where((_, i) => i % step == 0)];
        // In memory: shuffled rows of a column in a file would be read cell by cell.
        var table = data.Table.Take(chosen);
        int[] rows = [.. Enumerable.Range(0, chosen.Length)];
        var before = AnswersOn.Rows(data.Target, chosen, TableScoring.Score(scorer, signature, table, rows, cancellationToken));
        var found = new ColumnImportance[columns];
        Parallel.For(0, columns, new ParallelOptions { CancellationToken = cancellationToken }, c =>
        {
            // Worsening by bootstrap sample, the mean over the shuffles; the same samples each time, so they can be added.
            double[]? sums = null;
            var worsening = 0.0;
            for (var repeat = 0; repeat < Repeats; repeat++)
            {
                var order = Shuffled(rows, new ForestRandom((ulong)c, (ulong)repeat));
                var outputs = TableScoring.Score(scorer, signature, table, rows, c, order, cancellationToken);
                var after = AnswersOn.Rows(data.Target, chosen, outputs);
                worsening += MetricName.Worsening(metric, after.Measure(metric), before.Measure(metric)) / Repeats;
                var samples = Bootstrap.Pairs(after, before, metric, 200, cancellationToken)
                    .Select(p => MetricName.Worsening(metric, p.Candidate, p.Other) / Repeats).ToArray();
                sums = sums is null ? samples : [.. sums.Zip(samples, (a, b) => a + b)];
            }

            found[c] = new ColumnImportance(
                signature.Inputs[c].Name, double.IsFinite(worsening) ? worsening : null, Interval.Of(sums!, 0.95));
        });
        return new ImportanceReport(metric, rows.Length, Repeats, found);
    }

    private static int[] Shuffled(int[] rows, ForestRandom random)
    {
        int[] order = [.. rows];
        for (var i = order.Length - 1; i > 0; i--)
        {
            var other = random.Next(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }
}

/// <summary>Permutation importance on the hold-out.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="Rows">The held-out rows used, evenly spaced.</param>
/// <param name="Shuffles">How often each column was shuffled.</param>
/// <param name="Columns">The input columns in the signature's order.</param>
public sealed record ImportanceReport(string Metric, int Rows, int Shuffles, IReadOnlyList<ColumnImportance> Columns);

/// <summary>One column's importance.</summary>
/// <param name="Column">The column.</param>
/// <param name="Worsening">By how much the metric worsens, the mean over the shuffles; null where it is not defined.</param>
/// <param name="Interval">Its 95 % interval over bootstrap samples of the rows.</param>
public sealed record ColumnImportance(string Column, double? Worsening, Interval? Interval);
