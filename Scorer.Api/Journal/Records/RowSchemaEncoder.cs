using System.Runtime.CompilerServices;
using System.Text;
using Analytics.Registry.Journal.Records;
using Analytics.Registry.Models;

namespace Analytics.Scorer.Api.Journal.Records;

/// <summary>Writes what <see cref="RowSchema"/> reads.</summary>
internal static class RowSchemaEncoder
{
    private static readonly ConditionalWeakTable<Manifest, byte[]> Encoded = [];

    /// <summary>The schema as it stands in a record; worked out once a version.</summary>
    public static ReadOnlySpan<byte> EncodedFor(ScoredRows rows) =>
        Encoded.TryGetValue(rows.Manifest, out var encoded) ? encoded : Encoded.GetValue(rows.Manifest, _ => Encode(rows));

    private static byte[] Encode(ScoredRows rows)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        Text(rows.Manifest.Model);
        writer.Write7BitEncodedInt(rows.Manifest.Version);
        writer.Write(RowSchema.InputsAsTheyAre);
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
