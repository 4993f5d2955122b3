using System.Text.Json;
using Analytics.Registry.Models;

namespace Analytics.Registry.Journal.Records;

/// <summary>What a record's rows are of: the model and version, the columns and the classes. Immutable.</summary>
internal sealed class RowSchema
{
    /// <summary>The columns' values are in the record. Other numbers are for records that have them hashed, or not at all.</summary>
    public const byte InputsAsTheyAre = 1;

    private RowSchema(ReadOnlySpan<byte> encoded)
    {
        var reader = new PayloadReader(encoded);
        Model = reader.Text().ToArray();
        Version = reader.Length();
        var inputs = reader.Byte();
        if (inputs != InputsAsTheyAre)
        {
            throw new InvalidDataException($"The record has its inputs in form {inputs}; this version knows form {InputsAsTheyAre}.");
        }

        Columns = new RowColumn[reader.Length()];
        for (var c = 0; c < Columns.Length; c++)
        {
            var type = (ColumnType)reader.Byte();
            var name = JsonEncodedText.Encode(reader.Text());
            if (!Enum.IsDefined(type))
            {
                throw new InvalidDataException($"The record has a column of type {(byte)type}, which this version does not know.");
            }

            Columns[c] = new RowColumn(type, [(byte)(c == 0 ? '{' : ','), (byte)'"', .. name.EncodedUtf8Bytes, (byte)'"', (byte)':']);
        }

        var classes = reader.Length();
        Labels = classes == 0 ? null : new byte[classes - 1][];
        for (var k = 0; k < classes - 1; k++)
        {
            Labels![k] = reader.Text().ToArray();
        }
    }

    /// <summary>The model's name in UTF-8.</summary>
    public byte[] Model { get; }

    public int Version { get; }

    public RowColumn[] Columns { get; }

    /// <summary>The classes in UTF-8; null for a regression.</summary>
    public byte[][]? Labels { get; }

    public static RowSchema Decode(ReadOnlySpan<byte> encoded) => new(encoded);
}

/// <summary>An input column.</summary>
/// <param name="Type">The type; its number is part of the file format.</param>
/// <param name="JsonKey">What stands before its value in the JSON object of a row.</param>
internal readonly record struct RowColumn(ColumnType Type, byte[] JsonKey);
