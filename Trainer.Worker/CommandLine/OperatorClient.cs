using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Analytics.Trainer.Worker.CommandLine;

/// <summary>The operator API as the verbs need it: JSON in, JSON out, and a sentence where it says no.</summary>
internal sealed class OperatorClient : IDisposable
{
    private readonly HttpClient _http;

    public OperatorClient(Uri address, string? key)
    {
        // A data set may take long to send; Ctrl+C ends a call, not the clock.
        _http = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        if (!string.IsNullOrEmpty(key))
        {
            _http.DefaultRequestHeaders.Add("X-Api-Key", key);
        }
    }

    /// <summary>Gets a document.</summary>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) =>
        (await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellationToken)).Body;

    /// <summary>Gets a document and its ETag, or null where there is none (404).</summary>
    public async Task<(JsonElement Body, string? ETag)?> TryGetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await AnswerAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellationToken);
        return response.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync(response, cancellationToken);
    }

    /// <summary>Sends a document, with headers where given, and returns the answer.</summary>
    public async Task<JsonElement> SendAsync(
        HttpMethod method, string path, object? body, CancellationToken cancellationToken, params (string Name, string? Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(JsonSerializer.Serialize(body, JsonSerializerOptions.Web), Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers.Where(h => h.Value is not null))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return (await SendAsync(request, cancellationToken)).Body;
    }

    /// <summary>Sends a file as it is.</summary>
    public async Task<JsonElement> PutFileAsync(string path, FileInfo file, string contentType, CancellationToken cancellationToken)
    {
        await using var stream = file.OpenRead();
        var content = new StreamContent(stream);
        content.Headers.ContentType = new(contentType);
        return (await SendAsync(new HttpRequestMessage(HttpMethod.Put, path) { Content = content }, cancellationToken)).Body;
    }

    /// <summary>The events of a run from now on.</summary>
    public async IAsyncEnumerable<JsonElement> EventsAsync(Guid run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await AnswerAsync(new HttpRequestMessage(HttpMethod.Get, $"/runs/{run}/events"), cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw await FailureAsync(response, cancellationToken);
        }

        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            yield return Parse(item.Data);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<(JsonElement Body, string? ETag)> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await AnswerAsync(request, cancellationToken);
        return await ReadAsync(response, cancellationToken);
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        {
            try
            {
                return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            }
            catch (HttpRequestException e)
            {
                throw new CommandFailedException(
                    $"The trainer at {_http.BaseAddress} cannot be reached ({e.Message}). Is it running? Another address: --url, or ANALYTICS_TRAINER_URL.");
            }
        }
    }

    private static async Task<(JsonElement Body, string? ETag)> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await FailureAsync(response, cancellationToken);
        }

        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return (text.Length == 0 ? default : Parse(text), response.Headers.ETag?.ToString());
    }

    // The trainer's problem document says what is allowed; HTTP's words only where something else answered.
    private static async Task<CommandFailedException> FailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            var problem = Parse(text);
            if (problem.ValueKind == JsonValueKind.Object && (problem.Text("detail") ?? problem.Text("title")) is { } sentence)
            {
                return new CommandFailedException(sentence, problem);
            }
        }
        catch (JsonException)
        {
            // No answer of the trainer's.
        }

        return new CommandFailedException($"The answer was {(int)response.StatusCode} {response.ReasonPhrase}: {text}");
    }

    private static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
