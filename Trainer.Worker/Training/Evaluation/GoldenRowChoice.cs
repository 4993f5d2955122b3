using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Training.Evaluation;

/// <summary>
/// Chooses the rows that travel with a model: the first rows of each class in turn (rows over the whole range of a number), a row with every optional value missing and a
/// row with unseen texts, so that a scorer is tried on what requests bring and not only on what was trained on.
/// </summary>
public static class GoldenRowChoice
{
    private const int MostDataRows = 48;
    private const string UnseenText = "an unseen text";

    /// <summary>The chosen rows as a batch; the same data gives the same rows.</summary>
    public static RowBatch Choose(DatasetTable table, Target target, Signature signature)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(signature);
        var rows = DataRows(target);
        var batch = new RowBatch(signature, rows.Count + 2);
        foreach (var row in rows)
        {
            TableScoring.AddRow(batch, table, row);
        }

        if (signature.Inputs.Any(i => !i.Required))
        {
            TableScoring.AddRow(batch, table, rows[0]);
            SetMissing(batch);
        }

        if (signature.Inputs.Any(i => i.Type == ColumnType.Text))
        {
            TableScoring.AddRow(batch, table, rows[0]);
            SetUnseen(batch);
        }

        return batch;
    }

    private static List<int> DataRows(Target target) => target switch
    {
        ClassTarget classes => DataRows(classes),
        NumberTarget number => DataRows(number),
        _ => throw new NotSupportedException(target.GetType().Name),
    };

    // Evenly from the smallest to the largest.
    private static List<int> DataRows(NumberTarget target)
    {
        var sorted = Enumerable.Range(0, target.Values.Length).OrderBy(r => target.Values[r]).ToArray();
        var count = Math.Min(MostDataRows, sorted.Length);
        return [.. Enumerable.Range(0, count).Select(i => sorted[(int)((long)i * (sorted.Length - 1) / Math.Max(1, count - 1))]).Distinct().Order()];
    }

    private static List<int> DataRows(ClassTarget target)
    {
        var byClass = Enumerable.Range(0, target.Classes.Count).Select(_ => new List<int>()).ToArray();
        for (var row = 0; row < target.Indexes.Length; row++)
        {
            var ofClass = byClass[target.Indexes[row]];
            if (ofClass.Count < MostDataRows)
            {
                ofClass.Add(row);
            }
        }

        var rounds = Enumerable.Range(0, MostDataRows).SelectMany(n => byClass.Where(c => n < c.Count).Select(c => c[n]));
        return [.. rounds.Take(MostDataRows).Order()];
    }

    private static void SetMissing(RowBatch batch)
    {
        for (var c = 0; c < batch.Signature.Inputs.Count; c++)
        {
            switch (batch.Signature.Inputs[c])
            {
                case { Required: true }:
                    break;
                case { Type: ColumnType.Number or ColumnType.Boolean }:
                    batch.SetNumber(batch.Count - 1, c, float.NaN);
                    break;
                default:
                    batch.SetText(batch.Count - 1, c, "");
                    break;
            }
        }
    }

    private static void SetUnseen(RowBatch batch)
    {
        for (var c = 0; c < batch.Signature.Inputs.Count; c++)
        {
            if (batch.Signature.Inputs[c] is { Type: ColumnType.Text } input)
            {
                var unseen = UnseenText;
                while (input.Categories!.Contains(unseen))
                {
                    unseen += "*";
                }

                batch.SetText(batch.Count - 1, c, unseen);
            }
        }
    }
}
