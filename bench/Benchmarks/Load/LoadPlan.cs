using System.Net;
using System.Text;

namespace Analytics.Benchmarks.Load;

/// <summary>What a load generator sends, and how fast.</summary>
/// <param name="Server">The server's address. It may go and come back; the address stays.</param>
/// <param name="Requests">Whole HTTP requests, sent in turns; at most 65,536. See <see cref="Post"/>.</param>
internal sealed record LoadPlan(IPEndPoint Server, IReadOnlyList<byte[]> Requests)
{
    /// <summary>Kept-alive connections, each with one request under way at most.</summary>
    public int Connections { get; init; } = 32;

    /// <summary>
    /// Requests a second, evenly spaced, whether the server keeps up or not (open loop); null: each connection sends as soon
    /// as it has its answer (closed loop, full speed).
    /// </summary>
    public double? Rate { get; init; }

    /// <summary>Keep what was answered, once for each request, version and content; for requests of one row.</summary>
    public bool KeepContents { get; init; }

    /// <summary>A POST of a JSON body, with the key of <see cref="ScorerProcess"/>.</summary>
    public static byte[] Post(string path, string body) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {ScorerProcess.Key}\r\nContent-Type: application/json\r\n"
        + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
}
