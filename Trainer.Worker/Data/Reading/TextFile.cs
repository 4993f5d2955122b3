using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>Whether a file is text at all, decided before anything is parsed: a decoder would replace what it cannot read.</summary>
public static class TextFile
{
    private const int BufferBytes = 256 * 1024;

    // What people upload by mistake, by its first bytes.
    private static readonly (byte[] Start, string Kind)[] Kinds =
    [
        ([0x89, (byte)'P', (byte)'N', (byte)'G'], "a PNG image"),
        ([0xFF, 0xD8, 0xFF], "a JPEG image"),
        ([0x1F, 0x8B], "a gzip file"),
        ("PK"u8.ToArray(), "a ZIP archive or an Excel workbook"),
        ("PAR1"u8.ToArray(), "a Parquet file"),
        ("%PDF"u8.ToArray(), "a PDF"),
        ([0xD0, 0xCF, 0x11, 0xE0], "an old Excel workbook"),
        ([0xFF, 0xFE], "UTF-16 text"),
        ([0xFE, 0xFF], "UTF-16 text"),
    ];

    /// <summary>
    /// Reads the file once and returns the SHA-256 of its bytes (lower-case hexadecimal). Throws
    /// <see cref="InvalidInputException"/> when it is empty, not UTF-8, or has a NUL byte.
    /// </summary>
    public static async Task<string> CheckAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        var held = 0;
        var offset = 0L;
        string? kind = null;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(held), cancellationToken);
            hash.AppendData(buffer, held, read);
            var block = buffer.AsSpan(0, held + read);
            kind ??= KindOf(block);
            if (read == 0)
            {
                if (held > 0)
                {
                    throw NotText(block[0], offset, kind);
                }

                break;
            }

            if (block.IndexOf((byte)0) is var nul and >= 0)
            {
                throw NotText(0, offset + nul, kind.Length > 0 ? kind : "a binary file or UTF-16 text");
            }

            // A character may end in the next block; at most three bytes wait for it.
            var whole = block.Length - IncompleteTail(block);
            if (!Utf8.IsValid(block[..whole]))
            {
                var bad = FirstInvalid(block[..whole]);
                throw NotText(block[bad], offset + bad, kind);
            }

            held = block.Length - whole;
            block[whole..].CopyTo(buffer);
            offset += whole;
        }

        return offset > 0
            ? Convert.ToHexStringLower(hash.GetHashAndReset())
            : throw new InvalidInputException("The data file is empty; expected a header line and rows.");
    }

    private static string KindOf(ReadOnlySpan<byte> start)
    {
        foreach (var (bytes, kind) in Kinds)
        {
            if (start.StartsWith(bytes))
            {
                return kind;
            }
        }

        return "";
    }

    private static int IncompleteTail(ReadOnlySpan<byte> block)
    {
        for (var length = 1; length <= Math.Min(3, block.Length); length++)
        {
            var lead = block[^length];
            if ((lead & 0xC0) == 0x80)
            {
                continue;
            }

            var needed = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
            return needed > length ? length : 0;
        }

        return 0;
    }

    private static int FirstInvalid(ReadOnlySpan<byte> block)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(block[at..], out _, out var consumed) == System.Buffers.OperationStatus.Done)
        {
            at += consumed;
        }

        return at;
    }

    private static InvalidInputException NotText(byte found, long offset, string kind)
    {
        var guess = kind.Length > 0 ? $"; it looks like {kind}" : "; it may be Latin-1 or another old encoding";
        return new InvalidInputException(
            $"The data is not UTF-8 text: byte 0x{found:X2} at offset {offset}{guess}. Save it as UTF-8 CSV and upload it again.");
    }
}
