using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Features;

namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>
/// Compares the written graph, on raw rows, with the library's own model, on features encoded here: an error in the encoding, the
/// trees or the arithmetic of the graph shows as a difference.
/// </summary>
public static class ModelCheck
{
    private const int MostRows = 1000;

    /// <summary>Throws <see cref="InvalidOperationException"/> when an answer differs by more than <see cref="GoldenRows.Tolerance"/>.</summary>
    public static void Verify(
        IScorer scorer,
        Signature signature,
        FeatureEncoding encoding,
        IFittedCandidate candidate,
        DatasetTable table,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(encoding);
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(table);
        var step = Math.Max(1, (int)Math.Ceiling((double)table.RowCount / MostRows));
        var rows = Enumerable.Range(0, table.RowCount).Where(r => r % step == 0).ToList();
        var found = TableScoring.Score(scorer, signature, table, rows, cancellationToken);
        var expected = candidate.Predict(encoding.Apply(table, rows));
        // A number's sum of many trees is as exact as its largest parts are, not as itself.
        var scale = signature.Output.Kind == OutputKind.Number ? MathF.Max(1, expected.Max(MathF.Abs)) : 1;
        for (var i = 0; i < found.Length; i++)
        {
            // Both take the same float32 features to the same float32 thresholds, so a row ends in the same leaves; only the
            // order of the sums differs. Written so that a NaN is a difference.
            if (!(MathF.Abs(found[i] - expected[i]) <= GoldenRows.Tolerance * scale))
            {
                throw new InvalidOperationException(FormattableString.Invariant(
                    $"The exported model differs from the trained one: data row {rows[i / scorer.OutputWidth]}, output {i % scorer.OutputWidth}, expected {expected[i]}, found {found[i]}."));
            }
        }
    }
}
