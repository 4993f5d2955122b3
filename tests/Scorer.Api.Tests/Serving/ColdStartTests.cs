using System.Net;
using Analytics.Registry.Models;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

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

    [Fact]
    public async Task Start_CachedBlobDamaged_FetchesItAgain()
    {
        var manifest = await _store.PublishAsync("iris", 1);
        await ServeOnceAsync(1);
        var cached = Path.Combine(Cache, "blobs", manifest.File(FileRole.Model)!.Sha256);
        var good = await File.ReadAllBytesAsync(cached, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(cached, new byte[good.Length], TestContext.Current.CancellationToken);

        await ServeOnceAsync(1);

        Assert.Equal(good, await File.ReadAllBytesAsync(cached, TestContext.Current.CancellationToken));
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

        var error = Assert.ThrowsAny<Exception>(() => app.Services.GetRequiredService<NpgsqlDataSource>());

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
