using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>Scores rows of a table with a loaded model, as a request with these raw values would be.</summary>
public static class TableScoring
{
    // Large enough to pay for a call, small enough that texts of a block are soon forgotten.
    private const int BlockRows = 2048;

    /// <summary>Row by row the model's outputs. The table must have the signature's columns with their types.</summary>
    public static float[] Score(
        IScorer scorer, Signature signature, DatasetTable table, IReadOnlyList<int> rows, CancellationToken cancellationToken) =>
        Score(scorer, signature, table, rows, 0, null, cancellationToken);

    /// <summary>The same with the values of one input column taken from other rows, one for each.</summary>
    public static float[] Score(
        IScorer scorer,
        Signature signature,
        DatasetTable table,
        IReadOnlyList<int> rows,
        int column,
        IReadOnlyList<int>? from,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(rows);
        var outputs = new float[rows.Count * scorer.OutputWidth];
        var batch = new RowBatch(signature, Math.Min(BlockRows, Math.Max(1, rows.Count)));
        for (var start = 0; start < rows.Count; start += BlockRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            batch.Reset();
            var count = Math.Min(BlockRows, rows.Count - start);
            for (var i = 0; i < count; i++)
            {
                AddRow(batch, table, rows[start + i]);
                if (from is not null)
                {
                    SetCell(batch, i, column, table, from[start + i]);
                }
            }

            scorer.Score(batch, outputs.AsSpan(start * scorer.OutputWidth, count * scorer.OutputWidth));
        }

        return outputs;
    }

    /// <summary>Adds one row of the table to the batch.</summary>
    public static void AddRow(RowBatch batch, DatasetTable table, int row)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(table);
        var target = batch.AddRow();
        for (var c = 0; c < batch.Signature.Inputs.Count; c++)
        {
            SetCell(batch, target, c, table, row);
        }
    }

    private static void SetCell(RowBatch batch, int target, int column, DatasetTable table, int row)
    {
        switch (table[batch.Signature.Inputs[column].Name])
        {
            case NumberColumn numbers:
                batch.SetNumber(target, column, numbers.Values[row]);
                break;
            case TextColumn texts:
                batch.SetText(target, column, texts[row] ?? "");
                break;
            default:
                break;
        }
    }
}
