using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>A way to a real S3 server on which every request fails in the same manner, for as long as a test wants.</summary>
internal sealed class FaultyS3 : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _server;
    private readonly Task _accepting;
    private CancellationTokenSource _connections;
    private S3Fault? _fault;

    public FaultyS3(string server)
    {
        _server = new Uri(server);
        _connections = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    /// <summary>Fails from now on as told, or not any more; open connections end.</summary>
    public async Task SetAsync(S3Fault? fault)
    {
        _fault = fault;
        var old = _connections;
        _connections = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await old.CancelAsync();
        old.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _connections.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                connections.Add(AnswerAsync(client, _fault, _connections.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task AnswerAsync(TcpClient client, S3Fault? fault, CancellationToken token)
    {
        using (client)
        {
            try
            {
                await (fault is { } found ? FailAsync(client.GetStream(), found, token) : ForwardAsync(client.GetStream(), token));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // Either side has gone, or the fault has changed.
            }
        }
    }

    // The request's bytes stay as they are: its signature covers the host that the client believes in.
    private async Task ForwardAsync(NetworkStream client, CancellationToken token)
    {
        using var server = new TcpClient();
        await server.ConnectAsync(_server.Host, _server.Port, token);
        await Task.WhenAny(client.CopyToAsync(server.GetStream(), token), server.GetStream().CopyToAsync(client, token));
    }

    private static async Task FailAsync(NetworkStream client, S3Fault fault, CancellationToken token)
    {
        using var reader = new StreamReader(client, Encoding.Latin1, leaveOpen: true);
        while (await reader.ReadLineAsync(token) is { Length: > 0 })
        {
        }

        switch (fault)
        {
            case S3Fault.Forbidden:
                await WriteAsync(client, "403 Forbidden", "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", token);
                break;
            case S3Fault.InternalError:
                await WriteAsync(client, "500 Internal Server Error", "<Error><Code>InternalError</Code><Message>Oops</Message></Error>", token);
                break;
            case S3Fault.Silence:
                await Task.Delay(Timeout.Infinite, token);
                break;
            case S3Fault.OneByteASecond:
                await client.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"0123456789abcdef0123456789abcdef\"\r\n\r\n"u8.ToArray(), token);
                while (true)
                {
                    await client.WriteAsync("{"u8.ToArray(), token);
                    await Task.Delay(TimeSpan.FromSeconds(1), token);
                }
        }
    }

    private static Task WriteAsync(NetworkStream client, string status, string body, CancellationToken token) => client.WriteAsync(
        Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"),
        token).AsTask();
}

/// <summary>How a request to S3 fails.</summary>
public enum S3Fault
{
    /// <summary>403 AccessDenied.</summary>
    Forbidden,

    /// <summary>500 InternalError.</summary>
    InternalError,

    /// <summary>No answer.</summary>
    Silence,

    /// <summary>An answer that never ends.</summary>
    OneByteASecond,
}
