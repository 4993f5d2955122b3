using System.Net;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Scorer.Api.Tests.Serving;

public sealed class ColdStartTests(PostgresServer postgres) : IDisposable
{
    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    private string Cache => _folder.Combine("cache");

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Start_StoreAway_ServesTheLastGoodVersionAndFollowsTheStoreAgain()
    {
        await _store.PublishAsync("iris", 1);
        await _store.PublishAsync("flowers", 1, TestModel.Flowers);
        await ServeOnceAsync(1);
        await _store.PublishAsync("iris", 2);
        _store.ForScorer.IsAway = true;

        await using var scorer = await ScorerServer.StartAsync(postgres, _store, Cache);
        await scorer.WaitForAsync("iris", 1);
        // A discovered model is found in the cache too.
        await scorer.WaitForAsync("flowers", 1);
        Assert.Equal(HttpStatusCode.OK, (await scorer.PostAsync("/predict", """{"features":[5.1,3.5,1.4,0.2]}""")).Status);

        _store.ForScorer.IsAway = false;

        await scorer.WaitForAsync("iris", 2);
    }

    [Fact]
    public async Task Start_StoreAwayAndNothingCached_IsNotReadyAndWaits()
    {
        await _store.PublishAsync("iris", 1);
        _store.ForScorer.IsAway = true;
        await using var scorer = await ScorerServer.StartAsync(postgres, _store, Cache);
        await Eventually.TrueAsync(() => scorer.Snapshot.Find("iris")?.Problem is not null, "the outage is noticed");

        var (status, problem, _) = await scorer.PostAsync("/predict", """{"features":[5.1,3.5,1.4,0.2]}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("no loaded version yet", (string)problem["detail"]!, StringComparison.Ordinal);

        _store.ForScorer.IsAway = false;
        await scorer.WaitForAsync("iris", 1);
    }

    [Fact]
    public async Task Start_ChampionBroken_ServesTheLastGoodVersionFromTheCache()
    {
        await _store.PublishAsync("iris", 1);
        await ServeOnceAsync(1);
        await _store.CommitAsync("iris", 2, graph: "not a graph"u8.ToArray());
        await _store.PromoteAsync("iris", 2);

        await using var scorer = await ScorerServer.StartAsync(postgres, _store, Cache);

        await scorer.WaitForAsync("iris", 1);
        Assert.Contains("ONNX Runtime cannot load the model", scorer.Snapshot.Find("iris")!.Problem, StringComparison.Ordinal);
        await _store.PublishAsync("iris", 3);
        await scorer.WaitForAsync("iris", 3);
    }

    [Theory]
    [InlineData("zeros")]
    [InlineData("truncated")]
    [InlineData("one bit")]
    [InlineData("empty")]
    public async Task Start_CachedBlobDamaged_FetchesItAgain(string damage)
    {
        var manifest = await _store.PublishAsync("iris", 1);
        await ServeOnceAsync(1);
        var cached = Path.Combine(Cache, "blobs", manifest.File(FileRole.Model)!.Sha256);
        var good = await File.ReadAllBytesAsync(cached, TestContext.Current.CancellationToken);
        var flipped = good.ToArray();
        flipped[good.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(
            cached,
            damage switch
            {
                "zeros" => new byte[good.Length],
                "truncated" => good[..(good.Length / 2)],
                "one bit" => flipped,
                _ => [],
            },
            TestContext.Current.CancellationToken);

        await ServeOnceAsync(1);

        Assert.Equal(good, await File.ReadAllBytesAsync(cached, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"store\":")]
    [InlineData("{\"store\":null,\"manifest\":null}")]
    [InlineData("{\"store\":\"STORE\",\"manifest\":null}")]
    [InlineData("{\"store\":\"STORE\",\"manifest\":{\"model\":\"iris\",\"version\":1,\"files\":[null],\"signature\":null}}")]
    public async Task Start_LastGoodVersionDamaged_StartsFromTheStore(string content)
    {
        await _store.PublishAsync("iris", 1);
        Directory.CreateDirectory(Path.Combine(Cache, "champions"));
        await File.WriteAllTextAsync(
            Path.Combine(Cache, "champions", "iris.json"),
            content.Replace("STORE", _store.Registry.Store.Location, StringComparison.Ordinal),
            TestContext.Current.CancellationToken);

        await using var scorer = await ScorerServer.StartAsync(postgres, _store, Cache);

        await scorer.WaitForAsync("iris", 1);
    }

    [Fact]
    public async Task Start_CacheFolderIsAFile_SaysWhyAndGoesOn()
    {
        await _store.PublishAsync("iris", 1);
        await File.WriteAllTextAsync(Cache, "in the way", TestContext.Current.CancellationToken);

        await using var scorer = await ScorerServer.StartAsync(postgres, _store, Cache);

        var failed = await scorer.WaitForStateAsync("iris", 1, VersionState.Failed);
        Assert.Contains(Cache, failed!.Problem, StringComparison.Ordinal);
        File.Delete(Cache);
        await scorer.WaitForAsync("iris", 1);
    }

    [Fact]
    public async Task Cache_OnlyVersionsThatFail_StaysWithinItsBound()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new() { ["Scorer:MaxCacheBytes"] = "0" });
        var first = (await _store.Registry.FindManifestAsync("iris", 1, TestContext.Current.CancellationToken))!;
        for (var version = 2; version <= 3; version++)
        {
            await _store.CommitAsync("iris", version, golden: new TestModel(TestModel.Iris, 9).Golden());
            await _store.PromoteAsync("iris", version);
            await scorer.WaitForStateAsync("iris", version, VersionState.Failed);
            // As if they had been there for long, and a transfer had been killed in between.
            var abandoned = Path.Combine(Cache, "blobs", $"{version}.part");
            await File.WriteAllTextAsync(abandoned, "half", TestContext.Current.CancellationToken);
            foreach (var file in Directory.GetFiles(Path.Combine(Cache, "blobs")))
            {
                File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
            }
        }

        await _store.PromoteAsync("iris", 2);
        await scorer.WaitForStateAsync("iris", 2, VersionState.Failed);

        await Eventually.TrueAsync(
            () => Directory.GetFiles(Path.Combine(Cache, "blobs")).Select(Path.GetFileName).Except(first.Files.Select(f => f.Sha256)).Count() <= 2,
            "only the last attempt's blobs are there beside those of version 1");
    }

    [Fact]
    public async Task Start_CacheOfAnotherStore_IsNotServed()
    {
        await _store.PublishAsync("iris", 1);
        await ServeOnceAsync(1);

        using var other = new TestStore();
        other.ForScorer.IsAway = true;
        await using var scorer = await ScorerServer.StartAsync(postgres, other, Cache);
        await Eventually.TrueAsync(() => scorer.Snapshot.Find("iris")?.Problem is not null, "the outage is noticed");

        Assert.Null(scorer.Snapshot.Find("iris")!.Champion);
    }

    [Fact]
    public async Task Cache_OverItsBound_LosesTheOldestBlobsAndKeepsTheLoaded()
    {
        await _store.PublishAsync("iris", 1);
        await using var scorer = await ScorerServer.StartAsync(postgres, _store, Cache, new() { ["Scorer:MaxCacheBytes"] = "0" });
        await scorer.WaitForAsync("iris", 1);
        foreach (var file in Directory.GetFiles(Path.Combine(Cache, "blobs")))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        }

        var second = await _store.PublishAsync("iris", 2);
        await scorer.WaitForAsync("iris", 2);

        await Eventually.TrueAsync(
            () => Directory.GetFiles(Path.Combine(Cache, "blobs")).Select(Path.GetFileName).Order().SequenceEqual(second.Files.Select(f => f.Sha256).Order()),
            "only the blobs of version 2 are left");
    }

    [Theory]
    [InlineData("Scorer:DefaultModel", "Iris!", "lower-case letters")]
    [InlineData("Scorer:MaxRows", "0", "MaxRows")]
    [InlineData("Scorer:PollInterval", "00:00:00", "PollInterval")]
    [InlineData("Journal:MaxBytes", "0", "MaxBytes")]
    public async Task Start_SettingOutOfRange_IsRefusedByName(string setting, string value, string message)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(
            () => ScorerServer.StartAsync(postgres, _store, Cache, new() { [setting] = value }, "Host=127.0.0.1;Port=1"));

        Assert.Contains(message, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Start_NoConnectionString_IsRefusedByName()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["ConnectionStrings:analytics"] = "";

        builder.AddScorer();
        var app = builder.Build();

        var error = Assert.ThrowsAny<Exception>(() => app.Services.GetRequiredService<AnalyticsDataSource>());

        Assert.Contains("ConnectionStrings:analytics is not set", error.Message, StringComparison.Ordinal);
    }

    private async Task ServeOnceAsync(int version)
    {
        await using var scorer = await ScorerServer.StartAsync(postgres, _store, Cache);
        await scorer.WaitForAsync("iris", version);
        foreach (var model in scorer.Snapshot.Models.Keys)
        {
            await scorer.WaitForAsync(model, 1);
            await Eventually.TrueAsync(() => File.Exists(Path.Combine(Cache, "champions", $"{model}.json")), "the last good version is kept");
        }
    }
}
