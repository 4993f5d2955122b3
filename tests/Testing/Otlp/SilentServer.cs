using System.Net;
using System.Net.Sockets;

namespace Analytics.Testing.Otlp;

/// <summary>A server that hangs: it takes connections and never says a word.</summary>
public sealed class SilentServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _taken = [];

    /// <summary>Starts it on a free port.</summary>
    public SilentServer()
    {
        _listener.Start();
        _ = TakeAsync();
    }

    /// <summary>Its address.</summary>
    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>How many connections it has taken.</summary>
    public int Taken
    {
        get
        {
            lock (_taken)
            {
                return _taken.Count;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        lock (_taken)
        {
            _taken.ForEach(s => s.Dispose());
        }
    }

    private async Task TakeAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                lock (_taken)
                {
                    _taken.Add(socket);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }
}
