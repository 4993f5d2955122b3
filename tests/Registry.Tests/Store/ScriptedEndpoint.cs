using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Analytics.Registry.Tests.Store;

/// <summary>
/// A TCP endpoint that reads HTTP requests and answers as the test says: for what a real server cannot be asked to do, such
/// as hanging, breaking off in the middle or meeting a conflict.
/// </summary>
internal sealed class ScriptedEndpoint : IAsyncDisposable
{
    /// <summary>A header with the MD5 of "hello".</summary>
    public const string ETag = "ETag: \"5d41402abc4b2a76b9719d911017c592\"\r\n";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, Stream, CancellationToken, Task> _answer;
    private readonly Task _accepting;
    private int _requests;

    /// <param name="answer">Writes the answer to the request of the given number, from 1; the connection is then closed.</param>
    public ScriptedEndpoint(Func<int, Stream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>An answer with a whole body.</summary>
    public static Func<int, Stream, CancellationToken, Task> Always(int status, string body, string headers = "") =>
        (_, stream, token) => WriteAsync(stream, status, body.Length, headers, body, token);

    public static async Task WriteAsync(
        Stream stream, int status, long length, string headers, string body, CancellationToken cancellationToken)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Scripted\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head + body), cancellationToken);
    }

    /// <summary>The XML that S3 answers errors with.</summary>
    public static string Error(string code, string message) =>
        $"""<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>""";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var answering = new List<Task>();
        try
        {
            while (true)
            {
                answering.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(answering);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                await ReadRequestAsync(stream);
                await _answer(Interlocked.Increment(ref _requests), stream, _stop.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The client gave up, or the test is over.
            }
        }
    }

    private async Task ReadRequestAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        var length = 0;
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line)
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            {
                length = int.Parse(line.AsSpan(15), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            }
        }

        if (length > 0)
        {
            await reader.ReadBlockAsync(new char[length].AsMemory(), _stop.Token);
        }
    }
}
