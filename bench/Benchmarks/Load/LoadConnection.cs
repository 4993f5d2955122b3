using System.Net;
using System.Net.Sockets;

namespace Analytics.Benchmarks.Load;

/// <summary>A kept-alive connection with at most one request under way. It may end at any time and is then made anew.</summary>
internal sealed class LoadConnection(IPEndPoint server) : IDisposable
{
    private Socket? _socket;
    private byte[] _buffer = new byte[16 * 1024];
    private int _filled;

    public bool IsOpen => _socket is not null;

    /// <summary>True while a request waits for its answer.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>The request under way: its number in the plan, when it was due and when it was sent.</summary>
    public (int Request, uint Due, uint Sent) UnderWay { get; private set; }

    public Polling.Entry Poll => _socket is { } socket ? new Polling.Entry((int)socket.Handle) : Polling.Entry.None;

    /// <summary>Connects; false when nobody listens.</summary>
    public bool TryOpen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(server);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return false;
        }

        socket.Blocking = false;
        (_socket, _filled, IsBusy) = (socket, 0, false);
        return true;
    }

    /// <summary>Sends a request; false when the connection has ended.</summary>
    public bool Send(ReadOnlySpan<byte> content, int request, uint due, uint sent)
    {
        (UnderWay, IsBusy) = ((request, due, sent), true);
        while (true)
        {
            var written = _socket!.Send(content, SocketFlags.None, out var error);
            if (error is SocketError.Success && written == content.Length)
            {
                return true;
            }

            if (error is not (SocketError.Success or SocketError.WouldBlock))
            {
                return false;
            }

            // Only with bodies larger than the system's buffer: waits until the server has taken some.
            content = content[Math.Max(0, written)..];
            _socket.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectWrite);
        }
    }

    /// <summary>Reads what is there. False when the connection has ended; an answer that came before the end is still there.</summary>
    public bool Receive()
    {
        while (true)
        {
            if (_filled == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            var room = _buffer.AsSpan(_filled);
            var read = _socket!.Receive(room, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return true;
            }

            if (error != SocketError.Success || read == 0)
            {
                return false;
            }

            _filled += read;
            if (read < room.Length)
            {
                return true;
            }
        }
    }

    /// <summary>The answer to the request under way, once it is whole, and its body.</summary>
    public bool TryTake(out HttpAnswer answer, out ReadOnlySpan<byte> body)
    {
        body = default;
        answer = default;
        if (!IsBusy || HttpAnswer.TryRead(_buffer.AsSpan(0, _filled)) is not { } found)
        {
            return false;
        }

        if (found.Length != _filled)
        {
            throw new InvalidDataException($"The server sent {_filled - found.Length} bytes after its answer.");
        }

        answer = found;
        body = _buffer.AsSpan(found.Body);
        (_filled, IsBusy) = (0, false);
        return true;
    }

    public void Close()
    {
        _socket?.Dispose();
        (_socket, _filled, IsBusy) = (null, 0, false);
    }

    public void Dispose() => Close();
}
