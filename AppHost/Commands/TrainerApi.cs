using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Analytics.AppHost.Commands;

/// <summary>The operator API as the trainer's buttons need it: an answer, or the trainer's own words for why not.</summary>
/// <param name="client">The client.</param>
/// <param name="trainer">The trainer's address.</param>
internal sealed class TrainerApi(HttpClient client, Uri trainer)
{
    /// <summary>The address of a page of the API.</summary>
    public Uri Page(string path) => new(trainer, path);

    /// <summary>Calls; throws <see cref="TrainerRefusedException"/> where the trainer says no or nothing.</summary>
    public async Task<Answer> CallAsync(HttpMethod method, string path, object? body, string? ifMatch, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(trainer, path));
        request.Content = body is null ? null : JsonContent.Create(body);
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw new TrainerRefusedException(await ReasonAsync(response, cancellationToken), response.StatusCode);
            }

            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return new Answer(text.Length == 0 ? default : Parse(text), response.Headers.ETag?.ToString(), response.Headers.Location);
        }
        catch (HttpRequestException e)
        {
            throw new TrainerRefusedException($"The trainer at {trainer} cannot be reached: {e.Message}", null);
        }
    }

    /// <summary>Gets a document.</summary>
    public Task<Answer> GetAsync(string path, CancellationToken cancellationToken) => CallAsync(HttpMethod.Get, path, null, null, cancellationToken);

    // The operator API answers faults with a problem document: its words, not HTTP's, are what the operator can act on.
    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = string.Create(CultureInfo.InvariantCulture, $"The trainer answered {(int)response.StatusCode}");
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            var problem = Parse(body);
            return Text(problem, "detail") ?? Text(problem, "title") ?? $"{status}: {body}";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return body.Length == 0 ? $"{status}." : $"{status}: {body}";
        }
    }

    private static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static string? Text(JsonElement problem, string name) =>
        problem.TryGetProperty(name, out var text) && text.GetString() is { Length: > 0 } words ? words : null;

    /// <summary>What the trainer answered.</summary>
    internal sealed record Answer(JsonElement Body, string? ETag, Uri? Location);
}

/// <summary>The trainer said no, or nothing; the message is for the operator.</summary>
/// <param name="message">The sentence.</param>
/// <param name="status">What HTTP says; null without an answer.</param>
internal sealed class TrainerRefusedException(string message, HttpStatusCode? status) : Exception(message)
{
    /// <summary>What HTTP says; null without an answer.</summary>
    public HttpStatusCode? Status => status;
}
