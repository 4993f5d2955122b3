using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text.Unicode;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Protocols.OpenInference.Wire;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>
/// A tensor of a gRPC message, its contents typed or raw (little-endian, row-major; a text is its bytes behind their length in four).
/// NaN is a missing number, an empty text a missing one.
/// </summary>
internal readonly ref struct RpcTensor(string name, TensorType type, InferTensorContents? contents, ReadOnlyMemory<byte>? raw)
{
    private const int StackCharacters = 256;

    /// <summary>A bound of the values that there are.</summary>
    public long MostValues => raw is { } bytes ? bytes.Length / (type == TensorType.Bytes ? 4 : type.Size()) : TypedCount;

    private int TypedCount => contents is null ? 0 : type switch
    {
        TensorType.Bool => contents.BoolContents.Count,
        TensorType.Int8 or TensorType.Int16 or TensorType.Int32 => contents.IntContents.Count,
        TensorType.Int64 => contents.Int64Contents.Count,
        TensorType.UInt8 or TensorType.UInt16 or TensorType.UInt32 => contents.UintContents.Count,
        TensorType.UInt64 => contents.Uint64Contents.Count,
        TensorType.Fp32 => contents.Fp32Contents.Count,
        TensorType.Fp64 => contents.Fp64Contents.Count,
        TensorType.Bytes => contents.BytesContents.Count,
        _ => 0, // FP16 has raw contents only.
    };

    /// <summary>Reads the values into the column, or all columns.</summary>
    public ScoringProblem? Read(RequestWork work, int target, int rows, ReadOnlySpan<long> shape)
    {
        var width = target == InferCall.Matrix ? work.Columns.Count : 1;
        var total = (long)rows * width;
        if (raw is { } bytes)
        {
            return type == TensorType.Bytes ? ReadRawTexts(bytes.Span, work, target, rows, shape)
                : bytes.Length == total * type.Size() ? ReadNumbers(work, target, width, total)
                : Disagrees(shape, $"{total * type.Size()} bytes", $"{bytes.Length}");
        }

        return TypedCount != total ? Disagrees(shape, $"{total} values in {ContentsName}", TypedCount.ToString(CultureInfo.InvariantCulture))
            : type == TensorType.Bytes ? ReadTypedTexts(work, target)
            : ReadNumbers(work, target, width, total);
    }

    private string ContentsName => type switch
    {
        TensorType.Int8 or TensorType.Int16 or TensorType.Int32 => "int_contents",
        TensorType.UInt8 or TensorType.UInt16 or TensorType.UInt32 => "uint_contents",
        TensorType.Fp16 => "raw_input_contents",
        _ => $"{type.Name().ToLowerInvariant()}_contents",
    };

    private ScoringProblem? ReadNumbers(RequestWork work, int target, int width, long total)
    {
        for (var i = 0; i < total; i++)
        {
            var row = i / width;
            var column = target == InferCall.Matrix ? i % width : target;
            var value = raw is { } bytes ? RawNumber(bytes.Span, i) : TypedNumber(i);
            if (float.IsNaN(value))
            {
                if (work.Columns[column].Required)
                {
                    return ScoringProblem.Cell(row, work.Columns[column].Name, "a number, for the column is required", "NaN (missing)");
                }

                continue; // A new row is all missing.
            }

            if (!float.IsFinite(value))
            {
                return ScoringProblem.Cell(
                    row, work.Columns[column].Name, "a number within float32's range (±3.4028235e38)", "a number beyond it");
            }

            // Typed contents have room for more than the smaller types.
            if (raw is null && type is TensorType.Int8 or TensorType.Int16 or TensorType.UInt8 or TensorType.UInt16
                && type.WholeRange() is { } range && ((decimal)value < range.Least || (decimal)value > range.Greatest))
            {
                return ScoringProblem.Cell(
                    row, work.Columns[column].Name, type.Describe(), string.Create(CultureInfo.InvariantCulture, $"the number {value}"));
            }

            work.Batch.SetNumber(row, column, value);
        }

        return null;
    }

    private float TypedNumber(int i) => type switch
    {
        TensorType.Int8 or TensorType.Int16 or TensorType.Int32 => contents!.IntContents[i],
        TensorType.Int64 => contents!.Int64Contents[i],
        TensorType.UInt8 or TensorType.UInt16 or TensorType.UInt32 => contents!.UintContents[i],
        TensorType.UInt64 => contents!.Uint64Contents[i],
        TensorType.Fp32 => contents!.Fp32Contents[i],
        TensorType.Bool => contents!.BoolContents[i] ? 1 : 0,
        _ => (float)contents!.Fp64Contents[i],
    };

    private float RawNumber(ReadOnlySpan<byte> bytes, int i)
    {
        var at = bytes[(i * type.Size())..];
        return type switch
        {
            TensorType.Int8 => (sbyte)at[0],
            TensorType.UInt8 => at[0],
            TensorType.Bool => at[0] == 0 ? 0 : 1,
            TensorType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(at),
            TensorType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(at),
            TensorType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(at),
            TensorType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(at),
            TensorType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(at),
            TensorType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(at),
            TensorType.Fp16 => (float)BinaryPrimitives.ReadHalfLittleEndian(at),
            TensorType.Fp32 => BinaryPrimitives.ReadSingleLittleEndian(at),
            _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(at),
        };
    }

    private ScoringProblem? ReadTypedTexts(RequestWork work, int column)
    {
        for (var row = 0; row < contents!.BytesContents.Count; row++)
        {
            if (ReadText(contents.BytesContents[row].Span, work, row, column) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private ScoringProblem? ReadRawTexts(ReadOnlySpan<byte> bytes, RequestWork work, int column, int rows, ReadOnlySpan<long> shape)
    {
        for (var row = 0; row < rows; row++)
        {
            var length = bytes.Length < 4 ? -1L : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            if (length < 0 || length > bytes.Length - 4)
            {
                return Disagrees(shape, $"{rows} texts, each behind its length in four bytes", $"an end in text {row}");
            }

            if (ReadText(bytes.Slice(4, (int)length), work, row, column) is { } problem)
            {
                return problem;
            }

            bytes = bytes[(4 + (int)length)..];
        }

        return bytes.IsEmpty ? null : Disagrees(shape, $"{rows} texts", $"{bytes.Length} bytes more");
    }

    private static ScoringProblem? ReadText(ReadOnlySpan<byte> utf8, RequestWork work, int row, int column)
    {
        if (utf8.IsEmpty)
        {
            return work.Columns[column].Required
                ? ScoringProblem.Cell(
                    row, work.Columns[column].Name, $"a {CellReader.TypeName(work.Columns[column].Type)}, for the column is required", "\"\" (missing)")
                : null;
        }

        // UTF-16 never has more units than UTF-8 has bytes.
        Span<char> text = utf8.Length <= StackCharacters ? stackalloc char[StackCharacters] : new char[utf8.Length];
        return Utf8.ToUtf16(utf8, text, out _, out var length, replaceInvalidSequences: false) == OperationStatus.Done
            ? CellReader.SetText(work, row, column, text[..length])
            : ScoringProblem.Cell(row, work.Columns[column].Name, "text in UTF-8", $"the text \"{FoundText.Show(utf8)}\", which has broken UTF-8");
    }

    private ScoringProblem Disagrees(ReadOnlySpan<long> shape, string expected, string found) =>
        ScoringProblem.Part($"Tensor '{FoundText.Show(name)}'", $"{expected}, as the shape {InferCall.Show(shape)} says", found);
}
