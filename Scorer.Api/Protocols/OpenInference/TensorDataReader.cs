using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>
/// Reads a tensor's <c>data</c>, flat in row-major order or nested as its shape, into the columns. A value is what it is in any other
/// request (<see cref="CellReader"/>), and within its datatype's range.
/// </summary>
internal static class TensorDataReader
{
    /// <summary>Reads the array that the reader stands at into the columns; null when all is well.</summary>
    public static ScoringProblem? Read(
        ref Utf8JsonReader reader, RequestWork work, InferCall call, string name, int column, TensorType type, scoped ReadOnlySpan<long> shape, int length)
    {
        // Each value has a character at least, and one between it and the next.
        if (call.Accept(work, name, column, type, shape, length / 2, out var target) is { } problem)
        {
            return problem;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return ScoringProblem.Part($"Tensor '{FoundText.Show(name)}'", "an array as \"data\"", FoundText.Describe(in reader));
        }

        var width = target == InferCall.Matrix ? work.Columns.Count : 1;
        var total = (long)call.Rows * width;
        var count = 0L;
        bool? nested = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            nested ??= reader.TokenType == JsonTokenType.StartArray && shape.Length == 2;
            if (nested.Value)
            {
                problem = ReadNestedRow(ref reader, work, type, target, name, width, shape, ref count);
            }
            else
            {
                problem = count < total ? ReadValue(ref reader, work, type, target, count, width) : SkipValue(ref reader);
                count++;
            }

            if (problem is not null)
            {
                return problem;
            }
        }

        return count == total ? null : ScoringProblem.Part(
            $"Tensor '{FoundText.Show(name)}'", $"{total} value{(total == 1 ? "" : "s")}, as the shape {InferCall.Show(shape)} says",
            count.ToString(CultureInfo.InvariantCulture));
    }

    private static ScoringProblem? ReadNestedRow(
        ref Utf8JsonReader reader, RequestWork work, TensorType type, int target, string name, int width, scoped ReadOnlySpan<long> shape, ref long count)
    {
        var row = count / width;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return ScoringProblem.Part($"Tensor '{FoundText.Show(name)}', row {row}", "an array, as the rows before", FoundText.Describe(in reader));
        }

        var values = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var problem = values < width && row < work.Batch.Count ? ReadValue(ref reader, work, type, target, count + values, width) : SkipValue(ref reader);
            values++;
            if (problem is not null)
            {
                return problem;
            }
        }

        count += width;
        return values == width ? null : ScoringProblem.Part(
            $"Tensor '{FoundText.Show(name)}', row {row}", $"{width} value{(width == 1 ? "" : "s")}, as the shape {InferCall.Show(shape)} says",
            values.ToString(CultureInfo.InvariantCulture));
    }

    private static ScoringProblem? SkipValue(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return null;
    }

    private static ScoringProblem? ReadValue(ref Utf8JsonReader reader, RequestWork work, TensorType type, int target, long index, int width)
    {
        var row = (int)(index / width);
        var column = target == InferCall.Matrix ? (int)(index % width) : target;
        return type is not (TensorType.Fp32 or TensorType.Fp64 or TensorType.Bytes or TensorType.Bool)
            && reader.TokenType == JsonTokenType.Number && !IsInRange(reader.ValueSpan, type)
            ? ScoringProblem.Cell(row, work.Columns[column].Name, type.Describe(), FoundText.Describe(in reader))
            : CellReader.Read(ref reader, work, row, column);
    }

    private static bool IsInRange(ReadOnlySpan<byte> number, TensorType type) => type.WholeRange() is { } range
        ? Utf8Parser.TryParse(number, out decimal whole, out var consumed) && consumed == number.Length
            && whole >= range.Least && whole <= range.Greatest && decimal.IsInteger(whole)
        : Utf8Parser.TryParse(number, out float value, out _) && MathF.Abs(value) <= (float)Half.MaxValue;
}
