using System.Diagnostics;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Serving;

/// <summary>Many models at once, some of which the store does not answer for.</summary>
public sealed class ManyModelsTests(PostgresServer postgres) : IDisposable
{
    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Start_TwoHundredModels_AllAreServedAndFollowed()
    {
        var models = Enumerable.Range(0, 200).Select(i => $"model-{i}").ToList();
        await Parallel.ForEachAsync(models, async (model, _) => await _store.PublishAsync(model, 1));

        var started = Stopwatch.GetTimestamp();
        await using var scorer = await ScorerServer.StartAsync(postgres, _store, _folder.Combine("cache"));
        await Eventually.TrueAsync(
            () => models.TrueForAll(m => scorer.Snapshot.Find(m)?.Champion is not null), "all models serve", seconds: 60);
        TestContext.Current.TestOutputHelper?.WriteLine($"200 models served after {Stopwatch.GetElapsedTime(started)}");

        await _store.PublishAsync("model-117", 2);
        await scorer.WaitForAsync("model-117", 2);
        var (_, body, _) = await scorer.PostAsync("/models/model-199/predict", """{"features":[5.1,3.5,1.4,0.2]}""");
        Assert.Equal(("model-199", 1), ((string)body["model"]!, (int)body["version"]!));
    }

    [Fact]
    public async Task Poll_ManyModelsHang_DelaysNoOther()
    {
        await using var scorer = await StartWithHangingModelsAsync(key => key.Contains("/aliases/", StringComparison.Ordinal));

        await _store.PublishAsync("iris", 2);

        await scorer.WaitForAsync("iris", 2);
        await Eventually.TrueAsync(
            () => scorer.Snapshot.Find("slow-0")?.Problem?.Contains("has not answered yet", StringComparison.Ordinal) == true,
            "the silence is shown");
        _store.ForScorer.Hangs = _ => false;
    }

    [Fact]
    public async Task Load_FilesOfSomeModelsHang_DelaysNoOther()
    {
        await using var scorer = await StartWithHangingModelsAsync(
            key => key.Contains("/blobs/", StringComparison.Ordinal), models: 4, new() { ["Scorer:MaxParallelLoads"] = "1" });

        await _store.PublishAsync("iris", 2);

        await scorer.WaitForAsync("iris", 2);
        Assert.Null(scorer.Snapshot.Find("slow-0")?.Champion);
    }

    [Fact]
    public async Task Start_StoreHangs_ServesTheLastGoodVersions()
    {
        await _store.PublishAsync("iris", 1);
        await _store.PublishAsync("flowers", 1, TestModel.Flowers);
        await using (var scorer = await ScorerServer.StartAsync(postgres, _store, _folder.Combine("cache")))
        {
            await scorer.WaitForAsync("iris", 1);
            await scorer.WaitForAsync("flowers", 1);
            await Eventually.TrueAsync(
                () => File.Exists(_folder.Combine("cache/champions/flowers.json")) && File.Exists(_folder.Combine("cache/champions/iris.json")),
                "the last good versions are kept");
        }

        _store.ForScorer.Hangs = _ => true;
        await using var again = await ScorerServer.StartAsync(
            postgres, _store, _folder.Combine("cache"), new() { ["Scorer:PollTimeout"] = "00:10:00" });

        await again.WaitForAsync("iris", 1);
        await again.WaitForAsync("flowers", 1);
        await ReloadTests.AssertAnswersAsync(again, 1);
    }

    // More than the turns that polls and loads take.
    private async Task<ScorerServer> StartWithHangingModelsAsync(
        Func<string, bool> hangs, int models = 20, Dictionary<string, string?>? settings = null)
    {
        for (var i = 0; i < models; i++)
        {
            // Of other content than iris has: what is in the cache already needs no store.
            await _store.CommitAsync($"slow-{i}", 1, source: new TestModel(TestModel.Iris, 100));
            await _store.PromoteAsync($"slow-{i}", 1);
        }

        _store.ForScorer.Hangs = key => key.StartsWith("models/slow-", StringComparison.Ordinal) && hangs(key);
        var all = new Dictionary<string, string?>(settings ?? []) { ["Scorer:PollTimeout"] = "00:10:00" };
        var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, all);
        await Eventually.TrueAsync(() => scorer.Snapshot.Find($"slow-{models - 1}") is not null, "the slow models are known");
        return scorer;
    }
}
