using System.Net;
using System.Net.Sockets;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>
/// A TCP proxy before PostgreSQL that can cut a connection at the worst moment: after the server has committed, before the
/// client has heard of it.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    // CommandComplete with the tag COMMIT: 'C', the length 11, the text and its zero.
    private static readonly byte[] Committed = [(byte)'C', 0, 0, 0, 11, .. "COMMIT\0"u8];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly Task _accepting;
    private int _armed;

    public CuttingProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many commits were cut.</summary>
    public int Cuts { get; private set; }

    /// <summary>Cuts the next commits.</summary>
    public void Arm(int commits) => _armed = commits;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ForwardAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                var there = client.GetStream().CopyToAsync(server.GetStream(), _stop.Token);
                var back = ReturnAsync(server.GetStream(), client.GetStream());
                await Task.WhenAny(there, back);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // Either side has gone: the connection ends.
            }
        }
    }

    private async Task ReturnAsync(NetworkStream server, NetworkStream client)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var read = await server.ReadAsync(buffer, _stop.Token);
            if (read == 0)
            {
                return;
            }

            if (_armed > 0 && buffer.AsSpan(0, read).IndexOf(Committed) >= 0)
            {
                _armed--;
                Cuts++;
                return;
            }

            await client.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }
}
