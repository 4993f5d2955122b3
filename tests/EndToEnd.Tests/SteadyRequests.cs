using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;

namespace Analytics.EndToEnd.Tests;

/// <summary>A steady stream of single predictions from several callers, with every answer kept, until it is stopped.</summary>
internal sealed class SteadyRequests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _callers;
    private int _sent;

    public SteadyRequests(HttpClient scorer, string path, object request, int callers = 4) =>
        _callers = [.. Enumerable.Range(0, callers).Select(_ => Task.Run(() => CallAsync(scorer, path, request)))];

    /// <summary>The ids answered, with the version that answered.</summary>
    public ConcurrentDictionary<Guid, int> Answered { get; } = new();

    /// <summary>What went wrong: other statuses and cut connections.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>Requests sent.</summary>
    public int Sent => _sent;

    /// <summary>Stops the stream and waits for the answers that are under way.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_callers);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task CallAsync(HttpClient scorer, string path, object request)
    {
        while (!_stop.IsCancellationRequested)
        {
            Interlocked.Increment(ref _sent);
            try
            {
                using var response = await scorer.PostAsJsonAsync(path, request);
                var body = await response.Content.ReadFromJsonAsync<JsonElement>();
                if (response.IsSuccessStatusCode)
                {
                    Answered[body.GetProperty("id").GetGuid()] = body.GetProperty("version").GetInt32();
                }
                else
                {
                    Failures.Enqueue(body.ToString());
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
            {
                Failures.Enqueue(e.Message);
            }
        }
    }
}
