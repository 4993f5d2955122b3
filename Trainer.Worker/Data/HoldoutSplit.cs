using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// Applies a <see cref="SplitDefinition"/> by hash or group: a row is held out when the first 8 bytes of SHA-256 over its values, as a fraction of
/// 2^64, fall under the share. A value is hashed as what it means: a number by its float32 bits (so <c>1</c>, <c>1.0</c> and a
/// column that turns from text to number stay where they are), missing as missing, a text by its UTF-8.
/// </summary>
public static class HoldoutSplit
{
    private const int BlockRows = 16 * 1024;

    /// <summary>For each row, true when it is held out. The table must have the split's columns.</summary>
    public static bool[] Assign(DatasetTable table, SplitDefinition split)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(split);
        var cells = split.Columns.Select(c => SplitCells.Of(table[c])).ToArray();
        var held = new bool[table.RowCount];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var salt = SplitCells.TextCell(split.Salt);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        for (var start = 0; start < held.Length; start += BlockRows)
        {
            var count = Math.Min(BlockRows, held.Length - start);
            foreach (var column in cells)
            {
                column.Read(start, count);
            }

            for (var i = 0; i < count; i++)
            {
                hash.AppendData(salt);
                foreach (var column in cells)
                {
                    hash.AppendData(column.Cell(i));
                }

                hash.GetHashAndReset(digest);
                held[start + i] = BinaryPrimitives.ReadUInt64BigEndian(digest) / Math.Pow(2, 64) < split.HoldoutShare;
            }
        }

        return held;
    }

    /// <summary>Identifies the split: 32 hexadecimal digits over salt, columns in order, share, and what decides.</summary>
    public static string IdOf(SplitDefinition split)
    {
        ArgumentNullException.ThrowIfNull(split);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SplitCells.TextCell(split.Salt));
        foreach (var column in split.Columns)
        {
            hash.AppendData(SplitCells.TextCell(column));
        }

        hash.AppendData(SplitCells.TextCell(split.HoldoutShare.ToString("R", CultureInfo.InvariantCulture)));
        if (split.By != SplitKind.Hash)
        {
            hash.AppendData(SplitCells.TextCell(split.By.ToString()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
