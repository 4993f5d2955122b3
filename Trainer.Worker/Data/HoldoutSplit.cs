using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// Applies a <see cref="SplitDefinition"/>: a row is held out when the first 8 bytes of SHA-256 over its values, as a fraction of
/// 2^64, fall under the share. A value is hashed as what it means: a number by its float32 bits (so <c>1</c>, <c>1.0</c> and a
/// column that turns from text to number stay where they are), missing as missing, a text by its UTF-8.
/// </summary>
public static class HoldoutSplit
{
    private const byte MissingTag = 0;
    private const byte NumberTag = 1;
    private const byte TextTag = 2;

    /// <summary>For each row, true when it is held out. The table must have the split's columns.</summary>
    public static bool[] Assign(DatasetTable table, SplitDefinition split)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(split);
        var cells = split.Columns.Select(c => CellBytes(table[c])).ToArray();
        var held = new bool[table.RowCount];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var salt = TextCell(split.Salt);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        for (var row = 0; row < held.Length; row++)
        {
            hash.AppendData(salt);
            foreach (var cell in cells)
            {
                hash.AppendData(cell(row));
            }

            hash.GetHashAndReset(digest);
            held[row] = BinaryPrimitives.ReadUInt64BigEndian(digest) / Math.Pow(2, 64) < split.HoldoutShare;
        }

        return held;
    }

    /// <summary>Identifies the split: 32 hexadecimal digits over salt, columns in order, and share.</summary>
    public static string IdOf(SplitDefinition split)
    {
        ArgumentNullException.ThrowIfNull(split);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(TextCell(split.Salt));
        foreach (var column in split.Columns)
        {
            hash.AppendData(TextCell(column));
        }

        hash.AppendData(TextCell(split.HoldoutShare.ToString("R", CultureInfo.InvariantCulture)));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    private static Func<int, byte[]> CellBytes(TableColumn column)
    {
        byte[] missing = [MissingTag];
        if (column is NumberColumn numbers)
        {
            var buffer = new byte[5];
            return row => numbers.IsMissing(row) ? missing : NumberCell(numbers.Values[row], buffer);
        }

        var texts = (TextColumn)column;
        var known = texts.Values
            .Select(v => CellText.TryParseNumber(v, out var number) ? NumberCell(number, new byte[5]) : TextCell(v))
            .ToArray();
        return row => texts.Codes[row] < 0 ? missing : known[texts.Codes[row]];
    }

    private static byte[] NumberCell(float value, byte[] buffer)
    {
        buffer[0] = NumberTag;
        // Adding zero makes -0 into 0.
        BinaryPrimitives.WriteSingleLittleEndian(buffer.AsSpan(1), value + 0f);
        return buffer;
    }

    private static byte[] TextCell(string text)
    {
        // The length stands before the text, so that ("ab", "c") and ("a", "bc") differ.
        var bytes = new byte[5 + Encoding.UTF8.GetByteCount(text)];
        bytes[0] = TextTag;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), bytes.Length - 5);
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(5));
        return bytes;
    }
}
