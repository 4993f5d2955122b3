using System.Globalization;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>
/// One scorer for the tests of a class that only ask: <c>iris</c> and <c>flowers</c> serve, <c>untrained</c> has a version
/// and no champion, <c>wanted</c> is configured and not in the store; <c>size</c> is a regression, and <c>nan</c> and
/// <c>nan-size</c> give NaN for a missing number.
/// </summary>
public sealed class FlowerScorer(PostgresServer postgres) : IAsyncLifetime
{
    internal const int MaxBodyBytes = 200_000;
    internal const int MaxRows = 10_000;

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    internal ScorerServer Scorer { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _store.PublishAsync("flowers", 1, TestModel.Flowers);
        await _store.CommitAsync("untrained", 1);
        await PublishAsync("size", new TestModel(TestModel.Flowers, 1, regression: true));
        await PublishAsync("nan", new TestModel(TestModel.Flowers, 1, nanForMissing: true));
        await PublishAsync("nan-size", new TestModel(TestModel.Flowers, 1, regression: true, nanForMissing: true));
        Scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new()
        {
            ["Scorer:MaxBodyBytes"] = MaxBodyBytes.ToString(CultureInfo.InvariantCulture),
            ["Scorer:MaxRows"] = MaxRows.ToString(CultureInfo.InvariantCulture),
            ["Scorer:Models:0"] = "wanted",
        });
        foreach (var model in (string[])["flowers", "size", "nan", "nan-size"])
        {
            await Scorer.WaitForAsync(model, 1);
        }

        await Eventually.TrueAsync(() => Scorer.Snapshot.Find("untrained") is not null, "the untrained model is known");
    }

    public async ValueTask DisposeAsync()
    {
        await Scorer.DisposeAsync();
        _store.Dispose();
        _folder.Dispose();
    }

    private async Task PublishAsync(string model, TestModel source)
    {
        await _store.CommitAsync(model, 1, source: source);
        await _store.PromoteAsync(model, 1);
    }
}
