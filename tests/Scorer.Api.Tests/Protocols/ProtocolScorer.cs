using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Registry.Database;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static Analytics.Testing.Inference.GRPCInferenceService;

namespace Analytics.Scorer.Api.Tests.Protocols;

/// <summary>
/// One scorer for the tests of the protocols, with gRPC: <c>iris</c> (numbers), <c>flowers</c> (numbers, texts, missing; the default
/// model), <c>visits</c> (a boolean and dates), <c>size</c> (a regression), <c>nan</c> (gives NaN for a missing number); <c>wanted</c> is configured and not in the store,
/// <c>broken</c> cannot be loaded.
/// </summary>
public sealed class ProtocolScorer(PostgresServer postgres) : IAsyncLifetime
{
    internal const int MaxBodyBytes = 200_000;
    internal const int MaxRows = 1_000;

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();
    private HttpClient _client = null!;
    private GrpcChannel _channel = null!;

    internal ScorerServer Scorer { get; private set; } = null!;

    internal Uri Address { get; private set; } = null!;

    internal Uri RpcAddress { get; } = new($"http://127.0.0.1:{TestServers.FreePort()}");

    internal GRPCInferenceServiceClient Rpc { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _store.PublishAsync("flowers", 1, TestModel.Flowers);
        await _store.PublishAsync("visits", 1, TestModel.Visits);
        await PublishAsync("size", new TestModel(TestModel.Flowers, 1, regression: true));
        await PublishAsync("nan", new TestModel(TestModel.Flowers, 1, nanForMissing: true));
        await _store.CommitAsync("broken", 1, graph: "no graph"u8.ToArray());
        await _store.PromoteAsync("broken", 1);
        Scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new()
        {
            ["Scorer:DefaultModel"] = "flowers",
            ["Scorer:MaxBodyBytes"] = MaxBodyBytes.ToString(CultureInfo.InvariantCulture),
            ["Scorer:MaxRows"] = MaxRows.ToString(CultureInfo.InvariantCulture),
            ["Scorer:MaxRowBytes"] = "100000",
            ["Scorer:GrpcPort"] = RpcAddress.Port.ToString(CultureInfo.InvariantCulture),
            ["Scorer:Models:0"] = "wanted",
        });
        foreach (var model in (string[])["flowers", "visits", "size", "nan"])
        {
            await Scorer.WaitForAsync(model, 1);
        }

        await Scorer.WaitForStateAsync("broken", 1, VersionState.Failed);
        Address = new Uri(Scorer.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        _client = new HttpClient(Plain()) { BaseAddress = Address };
        _channel = GrpcChannel.ForAddress(RpcAddress, new GrpcChannelOptions { HttpHandler = Plain(), DisposeHttpClient = true });
        Rpc = new GRPCInferenceServiceClient(_channel);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _channel.Dispose();
        await Scorer.DisposeAsync();
        _store.Dispose();
        _folder.Dispose();
    }

    /// <summary>A trace's id, and the header that makes a call part of it: by the id the history is asked.</summary>
    internal static (string Id, string Header) NewTrace()
    {
        var id = Guid.NewGuid().ToString("N");
        return (id, $"00-{id}-00000000000000a1-01");
    }

    internal Task<ProtocolAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null, null);

    internal Task<ProtocolAnswer> PostAsync(string path, string body, string? contentType = "application/json", string? accept = null) =>
        SendAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes(body), contentType, accept);

    internal async Task<ProtocolAnswer> SendAsync(
        HttpMethod method, string path, byte[]? body, string? contentType, string? accept = null, Action<HttpRequestMessage>? change = null)
    {
        var trace = NewTrace();
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            if (contentType is not null)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            }
        }

        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        request.Headers.Add("traceparent", trace.Header);
        change?.Invoke(request);
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return new ProtocolAnswer(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Headers.RetryAfter?.ToString(),
            trace.Id);
    }

    /// <summary>The request of that trace, as the history has it.</summary>
    internal async Task<RequestRecord> HistoryAsync(string traceId)
    {
        await using var database = Scorer.OpenDatabase();
        return (await Eventually.GetAsync(
            () => database.Requests.AsNoTracking().SingleOrDefaultAsync(r => r.TraceId == traceId, TestContext.Current.CancellationToken),
            r => r is not null,
            "the request is in the history"))!;
    }

    /// <summary>What <c>/predict</c> answers to the rows.</summary>
    internal async Task<JsonArray> PredictAsync(string model, string rows)
    {
        var answer = await PostAsync($"/models/{model}/predict", $"{{\"instances\":{rows}}}");
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json["predictions"]!.AsArray();
    }

    // It shares the process, and its tracing, with the scorer: the trace is to be the test's own.
    private static SocketsHttpHandler Plain() => new() { ActivityHeadersPropagator = null };

    private async Task PublishAsync(string model, TestModel source)
    {
        await _store.CommitAsync(model, 1, source: source);
        await _store.PromoteAsync(model, 1);
    }
}

/// <summary>An answer over HTTP.</summary>
internal sealed record ProtocolAnswer(int Status, string? MediaType, string Body, string? RetryAfter, string TraceId)
{
    public JsonNode Json => JsonNode.Parse(Body)!;
}
