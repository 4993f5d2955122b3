using System.IO.Compression;
using System.Security.Cryptography;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>
/// One file of a data set, checked: it is what it says, whole, text where it must be, and well-formed. DuckDB reads it only
/// afterwards, for it passes over faults that train a wrong model: stray quotes, replaced characters.
/// </summary>
/// <param name="Path">The file to read; unpacked when it was gzip.</param>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Format">What it is.</param>
/// <param name="Sha256">SHA-256 of the file as it came, lower-case hexadecimal.</param>
/// <param name="Delimiter">Between a CSV file's columns.</param>
/// <param name="Header">A CSV file's column names in order; of other files DuckDB knows them.</param>
/// <param name="HeaderLine">The line of a CSV file where the header stands.</param>
/// <param name="Rows">A CSV file's rows; null for other files.</param>
internal sealed record SourceFile(
    string Path, string Name, DataFormat Format, string Sha256, char Delimiter, IReadOnlyList<string> Header, long HeaderLine, long? Rows)
{
    private const int RowsBetweenChecks = 4096;
    private const int BufferBytes = 256 * 1024;

    /// <summary>
    /// Checks a file. What is gzip is unpacked into <paramref name="scratch"/>, at most <paramref name="mostBytes"/>. Throws
    /// <see cref="InvalidInputException"/> that names the place.
    /// </summary>
    public static async Task<SourceFile> CheckAsync(
        string path, DataFormat? said, string? delimiter, string scratch, long mostBytes, CancellationToken cancellationToken)
    {
        var name = System.IO.Path.GetFileName(path);
        string? packed = null;
        if (DataFormats.IsGzip(path))
        {
            packed = await HashAsync(path, cancellationToken);
            path = await UnpackAsync(path, scratch, mostBytes, cancellationToken);
        }

        var format = DataFormats.Of(path, said ?? DataFormats.OfName(name));
        switch (format)
        {
            case DataFormat.Parquet:
                RequireParquetEnd(path);
                return new SourceFile(path, name, format, packed ?? await HashAsync(path, cancellationToken), ',', [], 1, null);
            case DataFormat.Ndjson:
                return new SourceFile(path, name, format, packed ?? await TextFile.CheckAsync(path, cancellationToken), ',', [], 1, null);
            default:
                var sha256 = await TextFile.CheckAsync(path, cancellationToken);
                var separator = CsvDelimiter.Of(path, delimiter);
                var (header, line, rows) = ReadThrough(path, separator, cancellationToken);
                return new SourceFile(path, name, format, packed ?? sha256, separator, header, line, rows);
        }
    }

    private static (IReadOnlyList<string> Header, long HeaderLine, long Rows) ReadThrough(string path, char delimiter, CancellationToken cancellationToken)
    {
        using var records = new CsvRecords(path, delimiter);
        var rows = 0L;
        while (records.Read())
        {
            if (++rows % RowsBetweenChecks == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return (records.Header, records.HeaderLine, rows);
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    private static async Task<string> UnpackAsync(string path, string scratch, long mostBytes, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(scratch);
        var target = System.IO.Path.Combine(scratch, $"{Guid.NewGuid():N}");
        await using var packed = File.OpenRead(path);
        await using var plain = new GZipStream(packed, CompressionMode.Decompress);
        await using var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[BufferBytes];
        try
        {
            int read;
            while ((read = await plain.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (file.Length + read > mostBytes)
                {
                    throw new InvalidInputException(
                        $"The gzip file holds more than {mostBytes} bytes (Trainer:MaxDatasetBytes). Make it smaller or raise the bound.");
                }

                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }
        catch (InvalidDataException e)
        {
            throw new InvalidInputException(
                $"The gzip file is damaged or cut short: {file.Length} bytes could be unpacked, then: {e.Message} Pack it again.");
        }

        // .NET's reader takes the end of the file for the end of the data where the packed data is cut between two blocks.
        return await EndsWholeAsync(path, file.Length, cancellationToken)
            ? target
            : throw new InvalidInputException(
                $"The gzip file is damaged or cut short: it does not end with the length of the {file.Length} bytes that could be unpacked. Pack it again.");
    }

    // RFC 1952: the last four bytes are the length modulo 2^32. Of several members the last one's, which is less.
    private static async Task<bool> EndsWholeAsync(string path, long length, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path);
        var end = new byte[4];
        var size = RandomAccess.GetLength(file);
        if (size < 18 || await RandomAccess.ReadAsync(file, end, size - 4, cancellationToken) != 4)
        {
            return false;
        }

        var said = BitConverter.ToUInt32([.. BitConverter.IsLittleEndian ? end : end.Reverse()]);
        return said <= length;
    }

    private static void RequireParquetEnd(string path)
    {
        using var file = File.OpenHandle(path);
        var size = RandomAccess.GetLength(file);
        var end = new byte[4];
        if (size < 12 || RandomAccess.Read(file, end, size - 4) != 4 || !end.AsSpan().SequenceEqual("PAR1"u8))
        {
            throw new InvalidInputException(
                $"The Parquet file is cut short: expected 'PAR1' as its last 4 bytes, found {Convert.ToHexString(end)} at byte {Math.Max(0, size - 4)}. "
                + "Upload it again, whole.");
        }
    }
}
