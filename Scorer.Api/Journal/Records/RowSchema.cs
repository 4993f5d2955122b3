using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Analytics.Registry.Models;

namespace Analytics.Scorer.Api.Journal.Records;

/// <summary>What a record's rows are of: the model and version, the columns and the classes. Immutable.</summary>
internal sealed class RowSchema
{
    /// <summary>The columns' values are in the record. Other numbers are for records that have them hashed, or not at all.</summary>
    private const byte InputsAsTheyAre = 1;

    private static readonly ConditionalWeakTable<Manifest, byte[]> Encoded = [];

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

    /// <summary>The schema as it stands in a record; worked out once a version.</summary>
    public static ReadOnlySpan<byte> EncodedFor(ScoredRows rows) =>
        Encoded.TryGetValue(rows.Manifest, out var encoded) ? encoded : Encoded.GetValue(rows.Manifest, _ => Encode(rows));

    private static byte[] Encode(ScoredRows rows)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        Text(rows.Manifest.Model);
        writer.Write7BitEncodedInt(rows.Manifest.Version);
        writer.Write(InputsAsTheyAre);
        writer.Write7BitEncodedInt(rows.Inputs.Count);
        foreach (var column in rows.Inputs)
        {
            writer.Write((byte)column.Type);
            // As in a row's texts: PostgreSQL has no U+0000 in a jsonb.
            Text(column.Name.Replace('\0', '\uFFFD'));
        }

        writer.Write7BitEncodedInt(rows.Classes is null ? 0 : rows.Classes.Count + 1);
        foreach (var label in rows.Classes ?? [])
        {
            Text(label);
        }

        writer.Flush();
        return stream.ToArray();

        void Text(string value)
        {
            var bytes = Encoding.UTF8.GetBytes(value);
            writer.Write7BitEncodedInt(bytes.Length);
            writer.Write(bytes);
        }
    }
}

/// <summary>An input column.</summary>
/// <param name="Type">The type; its number is part of the file format.</param>
/// <param name="JsonKey">What stands before its value in the JSON object of a row.</param>
internal readonly record struct RowColumn(ColumnType Type, byte[] JsonKey);
