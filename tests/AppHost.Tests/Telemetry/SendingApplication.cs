using System.Net.Http.Json;
using System.Text.Json;
using Analytics.EndToEnd.Tests;
using Analytics.Testing.Otlp;

namespace Analytics.AppHost.Tests.Telemetry;

/// <summary>
/// The running application, told where to send and in which form as the published one is, which has answered, trained and compared a challenger.
/// Started at the first use; what it sent stays the same from then on, for it is stopped.
/// </summary>
public sealed class SendingApplication : IAsyncLifetime
{
    /// <summary>The caller's span of both traces.</summary>
    public const string CallersSpan = "b7ad6b7169203331";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private OtlpRecord? _received;

    /// <summary>The trace of a prediction.</summary>
    public string RequestTrace { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The trace of a training run.</summary>
    public string RunTrace { get; } = Guid.NewGuid().ToString("N");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>What it sent from its start to its stop.</summary>
    public async Task<OtlpRecord> ReceivedAsync()
    {
        await _gate.WaitAsync(Cancel);
        try
        {
            return _received ??= await SendAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _gate.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<OtlpRecord> SendAsync()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var app = await RunningAppHost.StartAsync(
            new AppHostSettings
            {
                ServiceEnvironment = new Dictionary<string, string>
                {
                    ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Endpoint,
                    ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] = "delta",
                    ["OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"] = "base2_exponential_bucket_histogram",
                    ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
                    ["Logging__LogLevel__Analytics.Scorer.Api.Predictions"] = "Debug",
                },
            },
            Cancel);
        await PostAsync(app.Scorer, "/predict", new { features = new[] { 5.1, 3.5, 1.4, 0.2 } }, RequestTrace);
        var queued = await PostAsync(app.Trainer, "/models/iris/runs", new { dataset = "iris", promote = "never" }, RunTrace);
        var run = await app.EndOfAsync(queued.GetProperty("id").GetString()!);
        Assert.Equal("succeeded", run.GetProperty("state").GetString());
        await CompareAsync(app, receiver.Received);
        await app.StopAsync(Cancel);
        return receiver.Received;
    }

    // The new version scores beside the champion, until the comparison has been told.
    private static async Task CompareAsync(RunningAppHost app, OtlpRecord received)
    {
        using var set = await app.Trainer.PutAsJsonAsync("/models/iris/aliases/challenger", new { version = 2, reason = "to be compared" }, Cancel);
        set.EnsureSuccessStatusCode();
        await ApiCalls.UntilAsync(
            async () =>
            {
                var answer = await app.PredictAsync("/predict", new { features = new[] { 5.1, 3.5, 1.4, 0.2 } });
                using var feedback = await app.Scorer.PostAsJsonAsync(
                    "/feedback", new { predictionId = answer.GetProperty("id").GetString(), actual = "setosa" }, Cancel);
                return received.Metrics.Any(m => m.Name == "analytics.scorer.shadow.rows") && received.Metrics.Any(m => m.Name == "analytics.scorer.feedback");
            },
            () => "the comparison with the challenger");
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, object body, string trace)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("traceparent", $"00-{trace}-{CallersSpan}-01");
        using var response = await client.SendAsync(request, Cancel);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }
}
