using System.Net;
using System.Text.Json.Nodes;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Analytics.Scorer.Api.Tests.Serving;

public sealed class ReloadTests(PostgresServer postgres) : IDisposable
{
    private const string Row = """{"features":[5.1,3.5,1.4,0.2]}""";

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    // machinelearning#5350
    [Fact]
    public async Task Publish_AfterAPrediction_IsServedNext()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        await AssertAnswersAsync(scorer, 1);

        await _store.PublishAsync("iris", 2);

        await scorer.WaitForAsync("iris", 2);
        await AssertAnswersAsync(scorer, 2);
        // Version 1 is wanted by nobody.
        await scorer.WaitForStateAsync("iris", 1, VersionState.Retired);
        var (status, problem, _) = await scorer.PostAsync("/models/iris/versions/1/predict", Row);
        Assert.Equal((HttpStatusCode.NotFound, "Version '1' of model 'iris' is not loaded; loaded: 2."), (status, (string)problem["detail"]!));
    }

    [Fact]
    public async Task Swap_UnderASteadyStream_LosesNoRequest()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        using var stop = new CancellationTokenSource();
        var sent = 0;
        var expected = Enumerable.Range(0, 12).Select(v => new TestModel(TestModel.Iris, v).Expected(5.1f, 3.5f, 1.4f, 0.2f)).ToArray();
        var senders = Enumerable.Range(0, 8).Select(async _ =>
        {
            var last = 0;
            while (!stop.IsCancellationRequested)
            {
                var (status, body, _) = await scorer.PostAsync("/predict", Row);
                Assert.Equal(HttpStatusCode.OK, status);
                var version = (int)body["version"]!;
                // Whole and of one version, and never an older one than before on the same connection's thread of requests.
                Assert.Equal(expected[version][0], (float)body["probabilities"]!["setosa"]!, 1e-5f);
                Assert.True(version >= last, $"version {version} after {last}");
                last = version;
                Interlocked.Increment(ref sent);
            }
        }).ToList();

        for (var version = 2; version <= 11; version++)
        {
            await _store.PublishAsync("iris", version);
            await scorer.WaitForAsync("iris", version);
            var seen = Volatile.Read(ref sent);
            await Eventually.TrueAsync(() => Volatile.Read(ref sent) >= seen + 100 || senders.Any(s => s.IsFaulted), "requests flow");
        }

        await stop.CancelAsync();
        await Task.WhenAll(senders);
        Assert.True(sent >= 1_000, $"only {sent} requests were sent");
        await scorer.WaitUntilStoredAsync();
        await using var database = scorer.OpenDatabase();
        Assert.Equal(sent, await database.Predictions.CountAsync(TestContext.Current.CancellationToken));
        Assert.Equal(sent, await database.Requests.CountAsync(r => r.Status == 200, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task RollBack_ByAlias_ServesTheOlderVersion()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        await _store.PublishAsync("iris", 2);
        await scorer.WaitForAsync("iris", 2);

        await _store.PromoteAsync("iris", 1);

        await scorer.WaitForAsync("iris", 1);
        await AssertAnswersAsync(scorer, 1);
    }

    // Extensions.ML watchForChanges, serving#1086
    [Theory]
    [InlineData("truncated graph", "expected")]
    [InlineData("damaged graph", "SHA-256")]
    [InlineData("missing graph", "missing")]
    [InlineData("damaged golden rows", "SHA-256")]
    [InlineData("wrong golden rows", "Golden row 0, output 0: expected")]
    [InlineData("no golden rows in the file", "golden file is not valid")]
    [InlineData("not ONNX", "ONNX Runtime cannot load the model")]
    [InlineData("another model's graph", "no input 'sepal_length'")]
    [InlineData("another model's manifest", "expected a manifest of model 'iris', found one of 'other'")]
    [InlineData("half a manifest", "not a valid Manifest")]
    [InlineData("no manifest", "has no such version")]
    public async Task Reload_BadVersion_KeepsServingLastGoodAndLoadsTheNextGoodOne(string fault, string reason)
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);

        await PublishBadAsync(fault);

        var state = await scorer.WaitForStateAsync("iris", 2, VersionState.Failed);
        Assert.Contains(reason, state!.Problem, StringComparison.Ordinal);
        await AssertAnswersAsync(scorer, 1);
        Assert.Equal(HealthStatus.Healthy, (await scorer.CheckReadinessAsync()).Status);
        var listed = JsonNode.Parse(await scorer.Client.GetStringAsync(new Uri("/models/iris", UriKind.Relative), TestContext.Current.CancellationToken))!;
        Assert.Equal(["failed", "ready"], listed["model"]!["versions"]!.AsArray().Select(v => (string)v!["state"]!));

        await _store.PublishAsync("iris", 3);

        await scorer.WaitForAsync("iris", 3);
        await AssertAnswersAsync(scorer, 3);
    }

    [Fact]
    public async Task Reload_BlobRepaired_LoadsTheSameVersionLater()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        var manifest = await _store.CommitAsync("iris", 2);
        var blob = _store.BlobPath(manifest, FileRole.Model);
        File.Move(blob, blob + ".kept");
        await _store.PromoteAsync("iris", 2);
        await scorer.WaitForStateAsync("iris", 2, VersionState.Failed);

        File.Move(blob + ".kept", blob);

        await scorer.WaitForAsync("iris", 2);
        await AssertAnswersAsync(scorer, 2);
    }

    [Fact]
    public async Task Reload_AliasDamagedOrGone_KeepsServing()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        var alias = _store.PathOf(StoreKeys.Alias("iris", AliasName.Champion));
        var good = await File.ReadAllBytesAsync(alias, TestContext.Current.CancellationToken);

        await File.WriteAllTextAsync(alias, "{\"version\":", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => scorer.Snapshot.Find("iris")!.Problem is not null, "the damage is noticed");
        await AssertAnswersAsync(scorer, 1);

        File.Delete(alias);
        await Eventually.TrueAsync(() => scorer.Snapshot.Find("iris")!.Problem is null, "the alias is gone");
        await AssertAnswersAsync(scorer, 1);

        await File.WriteAllBytesAsync(alias, good, TestContext.Current.CancellationToken);
        await _store.PublishAsync("iris", 2);
        await scorer.WaitForAsync("iris", 2);
    }

    // kserve#2775, HealthChecks#1611
    [Fact]
    public async Task Start_NoChampionYet_AnswersRetryAfterAndIsNotReadyUntilAModelAnswers()
    {
        await using var scorer = await ScorerServer.StartAsync(postgres, _store, _folder.Combine("cache"));
        await Eventually.TrueAsync(() => scorer.Snapshot.Find("iris") is not null, "the model is known");

        var (status, problem, response) = await scorer.PostAsync("/predict", Row);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (status, response.Headers.RetryAfter?.ToString()));
        Assert.Contains("no champion", (string)problem["detail"]!, StringComparison.Ordinal);
        var readiness = await scorer.CheckReadinessAsync();
        Assert.Equal(HealthStatus.Unhealthy, readiness.Status);
        Assert.Contains("Model 'iris' has no loaded version", readiness.Entries["models"].Description, StringComparison.Ordinal);

        await _store.PublishAsync("iris", 1);
        await scorer.WaitForAsync("iris", 1);

        Assert.Equal(HealthStatus.Healthy, (await scorer.CheckReadinessAsync()).Status);
        await AssertAnswersAsync(scorer, 1);
        // An outage of store or database takes no answering scorer out.
        _store.ForScorer.IsAway = true;
        await Eventually.TrueAsync(() => scorer.Snapshot.Find("iris")!.Problem is not null, "the outage is noticed");
        Assert.Equal(HealthStatus.Healthy, (await scorer.CheckReadinessAsync()).Status);
        await AssertAnswersAsync(scorer, 1);
        _store.ForScorer.IsAway = false;
        await _store.PublishAsync("iris", 2);
        await scorer.WaitForAsync("iris", 2);
    }

    [Fact]
    public async Task Discover_NewModel_IsServedWithoutASetting()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);

        await _store.PublishAsync("iris-2", 1, TestModel.Flowers);

        await scorer.WaitForAsync("iris-2", 1);
        await AssertAnswersAsync(scorer, 1);
    }

    [Fact]
    public async Task Discover_Off_ServesTheConfiguredModelsAlone()
    {
        await _store.PublishAsync("other", 1);
        await using var scorer = await ScorerServer.StartWithIrisAsync(
            postgres, _store, _folder, new() { ["Scorer:DiscoverModels"] = "false" });

        Assert.Equal(["iris"], scorer.Snapshot.Models.Keys);
    }

    private async Task PublishBadAsync(string fault)
    {
        var manifest = fault switch
        {
            "not ONNX" => await _store.CommitAsync("iris", 2, graph: "not a graph"u8.ToArray()),
            "no golden rows in the file" => await _store.CommitAsync("iris", 2, goldenContent: "{\"rows\":7}"u8.ToArray()),
            "wrong golden rows" => await _store.CommitAsync("iris", 2, golden: new TestModel(TestModel.Iris, 9).Golden()),
            "another model's graph" => await _store.CommitAsync("iris", 2, graph: new TestModel(TestModel.Flowers, 2).Graph()),
            _ => await _store.CommitAsync("iris", 2),
        };
        // Damaged before it is promoted: the scorer must never see it whole.
        await DamageAsync(fault, manifest);
        await _store.PointAsync("iris", 2, sequence: 2);
    }

    private async Task DamageAsync(string fault, Manifest manifest)
    {
        var graph = _store.BlobPath(manifest, FileRole.Model);
        var golden = _store.BlobPath(manifest, FileRole.Golden);
        var document = _store.PathOf(StoreKeys.Manifest("iris", 2));
        switch (fault)
        {
            case "truncated graph":
                await using (var file = File.OpenWrite(graph))
                {
                    file.SetLength(file.Length / 2);
                }

                break;
            case "damaged graph":
                await FlipAsync(graph);
                break;
            case "missing graph":
                File.Delete(graph);
                break;
            case "damaged golden rows":
                await FlipAsync(golden);
                break;
            case "another model's manifest":
                await File.WriteAllTextAsync(
                    document,
                    (await File.ReadAllTextAsync(document)).Replace("\"iris\"", "\"other\"", StringComparison.Ordinal));
                break;
            case "half a manifest":
                await File.WriteAllTextAsync(document, (await File.ReadAllTextAsync(document))[..100]);
                break;
            case "no manifest":
                File.Delete(document);
                break;
        }
    }

    private static async Task FlipAsync(string path)
    {
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
    }

    internal static async Task AssertAnswersAsync(ScorerServer scorer, int version)
    {
        var (status, body, _) = await scorer.PostAsync("/predict", Row);
        Assert.Equal((HttpStatusCode.OK, version), (status, (int)body["version"]!));
        Assert.Equal(
            new TestModel(TestModel.Iris, version).Expected(5.1f, 3.5f, 1.4f, 0.2f)[0], (float)body["probabilities"]!["setosa"]!, 1e-5f);
    }
}
