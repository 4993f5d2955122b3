using System.Globalization;
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

    /// <summary>One answer, head and body; it must have a length.</summary>
    public async Task<string> ReadAnswerAsync()
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        bound.CancelAfter(TimeSpan.FromSeconds(20));
        var buffer = new byte[4096];
        var answer = "";
        while (!IsWhole(answer))
        {
            var read = await _client.GetStream().ReadAsync(buffer, bound.Token);
            Assert.True(read > 0, $"The server closed the connection after: {answer}");
            answer += Encoding.ASCII.GetString(buffer, 0, read);
        }

        return answer;
    }

    public void Dispose() => _client.Dispose();

    private static bool IsWhole(string answer)
    {
        var body = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        const string Name = "Content-Length: ";
        var length = answer.IndexOf(Name, StringComparison.Ordinal) + Name.Length;
        return body >= 4 && answer.Length - body >= int.Parse(
            answer.AsSpan(length, answer.IndexOf("\r\n", length, StringComparison.Ordinal) - length), CultureInfo.InvariantCulture);
    }
}
