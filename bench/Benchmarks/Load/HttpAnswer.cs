using System.Buffers.Text;

namespace Analytics.Benchmarks.Load;

/// <summary>Reads as much of HTTP/1.1 as the scorer's answers need.</summary>
/// <param name="Length">Bytes of the whole answer.</param>
/// <param name="Status">The status.</param>
/// <param name="Body">Where the body lies; with a chunked one, the chunks' framing is in it.</param>
/// <param name="Close">True when the server ends the connection after it.</param>
internal readonly record struct HttpAnswer(int Length, int Status, Range Body, bool Close)
{
    /// <summary>The answer at the start of the bytes, or null while it is not whole.</summary>
    public static HttpAnswer? TryRead(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        var head = bytes[..(end + 2)];
        var start = end + 4;
        if (!head.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(head[9..12], out int status, out _))
        {
            throw new InvalidDataException("The server does not answer in HTTP/1.1.");
        }

        var length = FindLength(head, bytes[start..]);
        return length < 0 || bytes.Length < start + length
            ? null
            : new HttpAnswer(start + length, status, start..(start + length), head.IndexOf("\r\nConnection: close\r\n"u8) >= 0);
    }

    // Negative: more bytes are needed to know.
    private static int FindLength(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        var name = "\r\nContent-Length: "u8;
        var at = head.IndexOf(name);
        if (at >= 0)
        {
            return Utf8Parser.TryParse(head[(at + name.Length)..], out int length, out _)
                ? length
                : throw new InvalidDataException("The answer's Content-Length is not a number.");
        }

        return head.IndexOf("\r\nTransfer-Encoding: chunked\r\n"u8) >= 0 ? FindChunkedLength(rest) : 0;
    }

    private static int FindChunkedLength(ReadOnlySpan<byte> rest)
    {
        for (var at = 0; ;)
        {
            var line = rest[at..].IndexOf("\r\n"u8);
            if (line < 0)
            {
                return -1;
            }

            if (!Utf8Parser.TryParse(rest.Slice(at, line), out int size, out _, 'x'))
            {
                throw new InvalidDataException("A chunk's size is not a hexadecimal number.");
            }

            at += line + 2 + size + 2;
            if (at > rest.Length)
            {
                return -1;
            }

            if (size == 0)
            {
                return at;
            }
        }
    }
}
