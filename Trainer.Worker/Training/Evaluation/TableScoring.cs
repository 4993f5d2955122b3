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
            AddRows(batch, table, rows, start, count);
            for (var i = 0; from is not null && i < count; i++)
            {
                SetCell(batch, i, column, table, from[start + i]);
            }

            scorer.Score(batch, outputs.AsSpan(start * scorer.OutputWidth, count * scorer.OutputWidth));
        }

        return outputs;
    }

    // Column by column, so that a column in a file is read a block at a time.
    private static void AddRows(RowBatch batch, DatasetTable table, IReadOnlyList<int> rows, int start, int count)
    {
        for (var i = 0; i < count; i++)
        {
            batch.AddRow();
        }

        for (var c = 0; c < batch.Signature.Inputs.Count; c++)
        {
            switch (table[batch.Signature.Inputs[c].Name])
            {
                case NumberColumn numbers when batch.Signature.Inputs[c].Type == numbers.Type:
                    numbers.Gather(rows, start, batch.Numbers(c).Span);
                    break;
                case TextColumn texts when batch.Signature.Inputs[c].Type == ColumnType.Text:
                    var codes = new int[count];
                    texts.Gather(rows, start, codes);
                    for (var i = 0; i < count; i++)
                    {
                        batch.SetText(i, c, codes[i] < 0 ? "" : texts.Values[codes[i]]);
                    }

                    break;
                case DateColumn dates when batch.Signature.Inputs[c].Type == dates.Type:
                    var ticks = new long[count];
                    dates.Gather(rows, start, ticks);
                    for (var i = 0; i < count; i++)
                    {
                        batch.SetText(i, c, DateColumn.TextOf(ticks[i]) ?? "");
                    }

                    break;
                default:
                    // A column without any value is read as text and can stand for any: every cell is missing.
                    break;
            }
        }
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
        var type = batch.Signature.Inputs[column].Type;
        switch (table[batch.Signature.Inputs[column].Name])
        {
            case NumberColumn numbers when type == numbers.Type:
                batch.SetNumber(target, column, numbers[row]);
                break;
            case TextColumn texts when type == ColumnType.Text:
                batch.SetText(target, column, texts[row] ?? "");
                break;
            case DateColumn dates when type == dates.Type:
                batch.SetText(target, column, dates[row] ?? "");
                break;
            default:
                break;
        }
    }
}
