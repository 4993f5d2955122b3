using System.Text.Json;
using Analytics.Registry.Models;

namespace Analytics.Registry.Scoring;

/// <summary>Inputs with the outputs that the trainer computed; a scorer must reproduce them before a version is served.</summary>
/// <param name="Rows">A value for each input column in the signature's order: a number, a text, a boolean, a date as text, or null for missing.</param>
/// <param name="Outputs">For each row what <see cref="IScorer.Score"/> gives.</param>
public sealed record GoldenRows(IReadOnlyList<IReadOnlyList<JsonElement?>> Rows, IReadOnlyList<float[]> Outputs)
{
    /// <summary>
    /// The largest difference allowed in an output: absolute for probabilities; for numbers relative to the largest one expected,
    /// above 1: a sum of many trees is as exact as its largest parts.
    /// </summary>
    public const float Tolerance = 1e-5f;

    /// <summary>Golden rows from scored rows of a batch.</summary>
    public static GoldenRows From(RowBatch batch, ReadOnlySpan<float> outputs)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var width = batch.Count == 0 ? 0 : outputs.Length / batch.Count;
        var rows = new List<IReadOnlyList<JsonElement?>>(batch.Count);
        var expected = new List<float[]>(batch.Count);
        for (var r = 0; r < batch.Count; r++)
        {
            var cells = new JsonElement?[batch.Signature.Inputs.Count];
            for (var c = 0; c < cells.Length; c++)
            {
                cells[c] = CellOf(batch, c, r);
            }

            rows.Add(cells);
            expected.Add(outputs.Slice(r * width, width).ToArray());
        }

        return new GoldenRows(rows, expected);
    }

    /// <summary>The rows as a batch. Throws <see cref="InvalidDataException"/> when they do not fit the signature.</summary>
    public RowBatch ToBatch(Signature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        var batch = new RowBatch(signature, Math.Max(1, Rows.Count));
        for (var r = 0; r < Rows.Count; r++)
        {
            if (Rows[r].Count != signature.Inputs.Count)
            {
                throw new InvalidDataException(
                    $"Golden row {r} has {Rows[r].Count} values; the signature has {signature.Inputs.Count} columns.");
            }

            batch.AddRow();
            for (var c = 0; c < signature.Inputs.Count; c++)
            {
                SetCell(batch, r, c, Rows[r][c]);
            }
        }

        return batch;
    }

    /// <summary>Null when <paramref name="scorer"/> gives the expected outputs, else a sentence with the first difference.</summary>
    public string? Verify(Signature signature, IScorer scorer)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        if (Rows.Count != Outputs.Count)
        {
            return $"The golden file has {Rows.Count} rows and {Outputs.Count} outputs.";
        }

        var batch = ToBatch(signature);
        var actual = new float[batch.Count * scorer.OutputWidth];
        scorer.Score(batch, actual);
        var scale = signature.Output.Kind == OutputKind.Number
            ? Outputs.SelectMany(o => o).Select(MathF.Abs).Where(float.IsFinite).Append(1).Max()
            : 1;
        for (var r = 0; r < batch.Count; r++)
        {
            if (Outputs[r].Length != scorer.OutputWidth)
            {
                return $"Golden row {r} has {Outputs[r].Length} outputs; the model gives {scorer.OutputWidth}.";
            }

            for (var k = 0; k < scorer.OutputWidth; k++)
            {
                var expected = Outputs[r][k];
                var found = actual[(r * scorer.OutputWidth) + k];
                // Written so that a NaN on either side counts as a difference.
                if (!(MathF.Abs(expected - found) <= Tolerance * scale))
                {
                    return FormattableString.Invariant(
                        $"Golden row {r}, output {k}: expected {expected}, found {found} (engine {scorer.Engine}).");
                }
            }
        }

        return null;
    }

    private static JsonElement? CellOf(RowBatch batch, int column, int row)
    {
        var type = batch.Signature.Inputs[column].Type;
        if (!type.IsNumeric())
        {
            return batch.Texts(column).Span[row] is { Length: > 0 } text ? JsonSerializer.SerializeToElement(text) : null;
        }

        var value = batch.Numbers(column).Span[row];
        return float.IsNaN(value) ? null
            : type == ColumnType.Boolean ? JsonSerializer.SerializeToElement(value != 0)
            : JsonSerializer.SerializeToElement(value);
    }

    private static void SetCell(RowBatch batch, int row, int column, JsonElement? cell)
    {
        if (cell is not { } value || value.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        var input = batch.Signature.Inputs[column];
        switch (input.Type, value.ValueKind)
        {
            case (ColumnType.Number, JsonValueKind.Number):
                batch.SetNumber(row, column, value.GetSingle());
                break;
            case (ColumnType.Text, JsonValueKind.String):
                batch.SetText(row, column, value.GetString()!);
                break;
            case (ColumnType.Boolean, JsonValueKind.True or JsonValueKind.False):
                batch.SetNumber(row, column, value.GetBoolean() ? 1 : 0);
                break;
            case (ColumnType.Date or ColumnType.Timestamp, JsonValueKind.String) when DateText.TryParse(value.GetString(), out _):
                batch.SetText(row, column, value.GetString()!);
                break;
            default:
                throw new InvalidDataException(
                    $"Golden row {row}, column '{input.Name}': expected a {input.Type}, found a {value.ValueKind}.");
        }
    }
}
