using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Scorer.Api.Protocols.Hosting;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Analytics.Testing.Inference;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Scorer.Api.Tests.Protocols;

/// <summary>Calls of other protocols meet the same limits as <c>/predict</c>, and hear of them in their own form.</summary>
public sealed class ProtocolLimitsTests(PostgresServer postgres) : IDisposable
{
    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();
    private readonly int _port = TestServers.FreePort();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Calls_ScorerAtItsLimit_HearSoInTheirForm()
    {
        var door = new HeldJournal.Door();
        await using var scorer = await StartAsync(
            new() { ["Scorer:MaxConcurrency"] = "1", ["Scorer:MaxQueue"] = "0" }, services => HeldJournal.Hold(services, door));
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_port}");
        var rpc = new GRPCInferenceService.GRPCInferenceServiceClient(channel);
        var first = rpc.ModelInferAsync(Iris(), cancellationToken: Cancel).ResponseAsync;
        await Eventually.TrueAsync(() => door.Waiting == 1, "a call is under way");

        var error = await Assert.ThrowsAsync<RpcException>(async () => await rpc.ModelInferAsync(Iris(), cancellationToken: Cancel));
        var infer = await PostAsync(scorer, "/v2/models/iris/infer", OpenInferenceTests.Iris("[1,4]", "[1,2,3,4]"));
        var invocation = await PostAsync(scorer, "/invocations", """{"instances":[[1,2,3,4]]}""");
        door.Open();

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("Scorer:MaxConcurrency", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("1000", error.Trailers.GetValue("grpc-retry-pushback-ms"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, infer.Status);
        Assert.Contains("Scorer:MaxConcurrency", (string)infer.Body["error"]!, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "TEMPORARILY_UNAVAILABLE"), (invocation.Status, (string)invocation.Body["error_code"]!));
        Assert.Equal("iris", (await first).ModelName);
    }

    [Fact]
    public async Task Calls_OverTheRate_AreRefusedInTheirForm()
    {
        await using var scorer = await StartAsync(new() { ["Scorer:RateLimit"] = "1", ["Scorer:RateBurst"] = "1" });
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_port}");
        var rpc = new GRPCInferenceService.GRPCInferenceServiceClient(channel);
        var calls = Enumerable.Range(0, 5).Select(_ => rpc.ModelInferAsync(Iris(), cancellationToken: Cancel).ResponseAsync).ToList();

        await Task.WhenAll(calls.Select(c => c.ContinueWith(_ => { }, Cancel, TaskContinuationOptions.None, TaskScheduler.Default)));

        Assert.Contains(
            calls, c => c.Exception?.InnerException is RpcException { StatusCode: StatusCode.ResourceExhausted } e && e.Status.Detail.Contains("Scorer:RateLimit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stop_RpcUnderWay_IsFinished()
    {
        var door = new HeldJournal.Door();
        var scorer = await StartAsync([], services => HeldJournal.Hold(services, door));
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_port}");
        var call = new GRPCInferenceService.GRPCInferenceServiceClient(channel).ModelInferAsync(Iris(), cancellationToken: Cancel).ResponseAsync;
        await Eventually.TrueAsync(() => door.Waiting == 1, "it is under way");

        var stop = scorer.DisposeAsync().AsTask();
        door.Open();

        Assert.Equal("iris", (await call).ModelName);
        await stop;
    }

    [Fact]
    public async Task Rpc_LargeMessage_IsReadWhole()
    {
        await using var scorer = await StartAsync([]);
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_port}");
        var request = new ModelInferRequest { ModelName = "iris" };
        var tensor = new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP64", Contents = new InferTensorContents() };
        tensor.Shape.AddRange([40_000, 4]);
        tensor.Contents.Fp64Contents.AddRange(Enumerable.Range(0, 160_000).Select(i => i % 7.0));
        request.Inputs.Add(tensor);
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "prediction" });

        var answer = await new GRPCInferenceService.GRPCInferenceServiceClient(channel).ModelInferAsync(request, cancellationToken: Cancel);

        Assert.Equal([40_000L], answer.Outputs[0].Shape);
    }

    [Fact]
    public void Serve_OtherDefaults_GiveWayToSettings()
    {
        var bare = SageMakerHosting.Defaults(new ConfigurationBuilder().Build());
        var withDatabase = SageMakerHosting.Defaults(
            new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:analytics", "Host=x")]).Build());

        Assert.True(SageMakerHosting.IsAsked(["serve"]));
        Assert.False(SageMakerHosting.IsAsked(["--urls", "serve"]));
        Assert.Equal(("file:///opt/ml/model", "None"), (bare["Store:Url"], bare["Journal:Sink"]));
        Assert.False(withDatabase.ContainsKey("Journal:Sink"));
    }

    private Task<ScorerServer> StartAsync(Dictionary<string, string?> settings, Action<IServiceCollection>? services = null) =>
        ScorerServer.StartWithIrisAsync(
            postgres, _store, _folder, new(settings) { ["Scorer:GrpcPort"] = _port.ToString(CultureInfo.InvariantCulture) }, services);

    private static ModelInferRequest Iris()
    {
        var request = new ModelInferRequest { ModelName = "iris" };
        var tensor = new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Contents = new InferTensorContents() };
        tensor.Shape.AddRange([1, 4]);
        tensor.Contents.Fp32Contents.AddRange([1, 2, 3, 4]);
        request.Inputs.Add(tensor);
        return request;
    }

    private static async Task<(HttpStatusCode Status, JsonNode Body)> PostAsync(ScorerServer scorer, string path, string body)
    {
        var address = scorer.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri(path, UriKind.Relative), content, Cancel);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!);
    }
}
