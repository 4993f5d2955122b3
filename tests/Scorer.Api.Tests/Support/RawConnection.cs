using System.Net.Sockets;
using System.Text;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>A connection on which a test says byte for byte what is sent, and when.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly TcpClient _client = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RawConnection> OpenAsync(ScorerServer scorer)
    {
        var connection = new RawConnection();
        await connection._client.ConnectAsync("127.0.0.1", scorer.Client.BaseAddress!.Port, Cancel);
        return connection;
    }

    public async Task SendAsync(string text) => await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Cancel);

    /// <summary>The head of a prediction request with a body of so many bytes.</summary>
    public Task SendHeadAsync(int length, string path = "/predict") =>
        SendAsync($"POST {path} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");

    /// <summary>All that comes until the server closes the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var reader = new StreamReader(_client.GetStream(), leaveOpen: true);
        return await reader.ReadToEndAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(20), Cancel);
    }

    public void Dispose() => _client.Dispose();
}
