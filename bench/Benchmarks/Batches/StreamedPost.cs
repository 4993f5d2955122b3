using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Analytics.Benchmarks.Load;

namespace Analytics.Benchmarks.Batches;

/// <summary>
/// A POST whose answer is read while its body is still being sent, as curl does it. .NET's <see cref="HttpClient"/> sends all of an HTTP/1.1
/// body before it reads, and would wait for a server for ever that answers row by row.
/// </summary>
internal sealed class StreamedPost(string type, string? header, string[] lines, int rows)
{
    private const int LinesAPiece = 1_000;
    private const int BufferBytes = 256 * 1024;

    /// <summary>Sends and returns the lines of the answer's body.</summary>
    public async Task<long> SendAsync(ScorerProcess scorer, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(scorer.Address, cancellationToken);
        await using var stream = client.GetStream();
        var sending = WriteAsync(stream, cancellationToken);
        var count = await ReadAsync(stream, cancellationToken);
        await sending;
        return count;
    }

    private async Task WriteAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /predict HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {ScorerProcess.Key}\r\nContent-Type: {type}\r\n"
                + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"),
            cancellationToken);
        if (header is not null)
        {
            await stream.WriteAsync(Chunk(header + '\n'), cancellationToken);
        }

        // The lines come round again: a piece is made once.
        var piece = Chunk(Lines(LinesAPiece));
        var left = rows;
        for (; left >= LinesAPiece; left -= LinesAPiece)
        {
            await stream.WriteAsync(piece, cancellationToken);
        }

        if (left > 0)
        {
            await stream.WriteAsync(Chunk(Lines(left)), cancellationToken);
        }

        await stream.WriteAsync("0\r\n\r\n"u8.ToArray(), cancellationToken);
    }

    private string Lines(int count) => string.Concat(Enumerable.Range(0, count).Select(i => lines[i % lines.Length] + '\n'));

    private static byte[] Chunk(string text) => Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n"));

    private static async Task<long> ReadAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        await using var buffered = new BufferedStream(stream, BufferBytes);
        if (await ReadLineAsync(buffered, cancellationToken) is var status && !status.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The answer is {status}.");
        }

        while ((await ReadLineAsync(buffered, cancellationToken)).Length > 0)
        {
            // Headers are of no interest.
        }

        var buffer = new byte[BufferBytes];
        var count = 0L;
        while (int.Parse(await ReadLineAsync(buffered, cancellationToken), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
        {
            for (var left = size + 2; left > 0;)
            {
                var read = await buffered.ReadAsync(buffer.AsMemory(0, Math.Min(left, buffer.Length)), cancellationToken);
                if (read == 0)
                {
                    throw new EndOfStreamException("The answer was broken off.");
                }

                count += buffer.AsSpan(0, read).Count((byte)'\n');
                left -= read;
            }

            count--; // That of the chunk's own end.
        }

        return count;
    }

    private static async Task<string> ReadLineAsync(BufferedStream stream, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, cancellationToken) > 0 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        return line.ToString().TrimEnd('\r');
    }
}
