using System.Globalization;
using Analytics.Registry.Models;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>A tensor's datatype in the Open Inference Protocol.</summary>
internal enum TensorType
{
    Bool,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp16,
    Fp32,
    Fp64,
    Bytes,
}

/// <summary>What the datatypes are called, and what they hold.</summary>
internal static class TensorTypes
{
    public const string Numbers = "FP32, FP64, FP16, INT8 to INT64 or UINT8 to UINT64";

    private static readonly string[] Names =
        [.. Enum.GetNames<TensorType>().Select(n => n.ToUpperInvariant())];

    private static readonly byte[][] Utf8Names = [.. Names.Select(System.Text.Encoding.UTF8.GetBytes)];

    public static string Name(this TensorType type) => Names[(int)type];

    public static bool TryParse(ReadOnlySpan<char> name, out TensorType type)
    {
        for (var t = 0; t < Names.Length; t++)
        {
            if (name.SequenceEqual(Names[t]))
            {
                type = (TensorType)t;
                return true;
            }
        }

        type = default;
        return false;
    }

    public static bool TryParse(ReadOnlySpan<byte> name, out TensorType type)
    {
        for (var t = 0; t < Utf8Names.Length; t++)
        {
            if (name.SequenceEqual(Utf8Names[t]))
            {
                type = (TensorType)t;
                return true;
            }
        }

        type = default;
        return false;
    }

    /// <summary>True when a column of that type can be sent as such a tensor: numbers as any number, booleans as BOOL, all others as BYTES.</summary>
    public static bool Fits(this TensorType type, ColumnType column) => column == ColumnType.Number
        ? type is not (TensorType.Bool or TensorType.Bytes)
        : type == Of(column);

    /// <summary>The datatype that the metadata name for a column.</summary>
    public static TensorType Of(ColumnType column) => column switch
    {
        ColumnType.Number => TensorType.Fp32,
        ColumnType.Boolean => TensorType.Bool,
        _ => TensorType.Bytes,
    };

    /// <summary>What a tensor of the column may be.</summary>
    public static string Fitting(ColumnType column) => column == ColumnType.Number ? $"a datatype of numbers ({Numbers})" : $"the datatype {Of(column).Name()}";

    /// <summary>The bytes of an element in the raw form; 0 for BYTES, whose elements say their length.</summary>
    public static int Size(this TensorType type) => type switch
    {
        TensorType.Bool or TensorType.UInt8 or TensorType.Int8 => 1,
        TensorType.UInt16 or TensorType.Int16 or TensorType.Fp16 => 2,
        TensorType.UInt32 or TensorType.Int32 or TensorType.Fp32 => 4,
        TensorType.UInt64 or TensorType.Int64 or TensorType.Fp64 => 8,
        _ => 0,
    };

    /// <summary>The least and the greatest value of a type of whole numbers.</summary>
    public static (decimal Least, decimal Greatest)? WholeRange(this TensorType type) => type switch
    {
        TensorType.UInt8 => (byte.MinValue, byte.MaxValue),
        TensorType.UInt16 => (ushort.MinValue, ushort.MaxValue),
        TensorType.UInt32 => (uint.MinValue, uint.MaxValue),
        TensorType.UInt64 => (ulong.MinValue, ulong.MaxValue),
        TensorType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        TensorType.Int16 => (short.MinValue, short.MaxValue),
        TensorType.Int32 => (int.MinValue, int.MaxValue),
        TensorType.Int64 => (long.MinValue, long.MaxValue),
        _ => null,
    };

    /// <summary>The range in words.</summary>
    public static string Describe(this TensorType type) => type.WholeRange() is { } range
        ? string.Create(CultureInfo.InvariantCulture, $"a whole number of {type.Name()} ({range.Least} to {range.Greatest})")
        : type == TensorType.Fp16 ? "a number of FP16 (±65504)" : "a number";
}
