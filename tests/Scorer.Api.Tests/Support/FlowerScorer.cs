using System.Globalization;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>
/// One scorer for the tests of a class that only ask: <c>iris</c> and <c>flowers</c> serve, <c>untrained</c> has a version
/// and no champion, <c>wanted</c> is configured and not in the store.
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
        Scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new()
        {
            ["Scorer:MaxBodyBytes"] = MaxBodyBytes.ToString(CultureInfo.InvariantCulture),
            ["Scorer:MaxRows"] = MaxRows.ToString(CultureInfo.InvariantCulture),
            ["Scorer:Models:0"] = "wanted",
        });
        await Scorer.WaitForAsync("flowers", 1);
        await Eventually.TrueAsync(() => Scorer.Snapshot.Find("untrained") is not null, "the untrained model is known");
    }

    public async ValueTask DisposeAsync()
    {
        await Scorer.DisposeAsync();
        _store.Dispose();
        _folder.Dispose();
    }
}
