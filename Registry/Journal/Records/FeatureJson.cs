using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using Analytics.Registry.Models;

namespace Analytics.Registry.Journal.Records;

/// <summary>Writes the inputs of a row as a JSON object by column name; a missing value is <c>null</c>.</summary>
internal static class FeatureJson
{
    private const int NumberBytes = 24;

    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>Reads the row's values and writes them as a jsonb value.</summary>
    public static void Write(CopyBuffer copy, RowSchema schema, ref PayloadReader row)
    {
        copy.BeginJson();
        foreach (var (type, key) in schema.Columns)
        {
            copy.Raw(key);
            switch (type)
            {
                case ColumnType.Number:
                    WriteNumber(copy, row.Single());
                    break;
                case ColumnType.Boolean:
                    WriteBoolean(copy, row.Single());
                    break;
                default:
                    WriteText(copy, row.Text());
                    break;
            }
        }

        copy.Raw(schema.Columns.Length == 0 ? "{}"u8 : "}"u8);
        copy.EndValue();
    }

    private static void WriteNumber(CopyBuffer copy, float value)
    {
        if (!float.IsFinite(value))
        {
            copy.Raw("null"u8);
            return;
        }

        value.TryFormat(copy.Take(NumberBytes), out var used, default, CultureInfo.InvariantCulture);
        copy.Shrink(NumberBytes - used);
    }

    private static void WriteBoolean(CopyBuffer copy, float value) =>
        copy.Raw(float.IsNaN(value) ? "null"u8 : value == 0 ? "false"u8 : "true"u8);

    private static void WriteText(CopyBuffer copy, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            copy.Raw("null"u8);
            return;
        }

        copy.Raw("\""u8);
        for (int zero; (zero = text.IndexOf((byte)0)) >= 0; text = text[(zero + 1)..])
        {
            // PostgreSQL has no U+0000 in a jsonb: stored as the replacement character.
            WriteEscaped(copy, text[..zero]);
            copy.Raw("\uFFFD"u8);
        }

        WriteEscaped(copy, text);
        copy.Raw("\""u8);
    }

    private static void WriteEscaped(CopyBuffer copy, ReadOnlySpan<byte> text)
    {
        // An ASCII byte becomes six characters at most (the encoder's \uXXXX), a longer character less of each of its bytes.
        var room = copy.Take(6 * text.Length);
        var status = Encoder.EncodeUtf8(text, room, out _, out var written);
        if (status != OperationStatus.Done)
        {
            throw new InvalidDataException($"A text of {text.Length} bytes cannot be written as JSON: {status}.");
        }

        copy.Shrink(room.Length - written);
    }
}
