using Analytics.Registry.Journal;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Journal;

/// <summary>What the scorer leaves in the store when it stops; what the trainer makes of it is in EndToEnd.Tests.</summary>
public sealed class HandOverTests(PostgresServer postgres) : IDisposable
{
    private const string Away = "Host=127.0.0.1;Port=1;Database=away;Username=x";

    private readonly JournalHarness _harness = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task Stop_DatabaseAway_SegmentsAreInTheStoreAsTheyAreOnTheDisk()
    {
        await AppendManyAsync();

        var files = _harness.Files();
        var keys = await KeysAsync();
        Assert.InRange(files.Length, 3, 100);
        Assert.Equal(files.Select(Path.GetFileName), keys.Select(k => k.Split('/')[^1]));
        foreach (var (file, key) in files.Zip(keys))
        {
            Assert.Equal(await File.ReadAllBytesAsync(file, Cancelled), await ReadAsync(key));
        }

        Assert.Equal(100, _harness.Counted("handed.over", ""));
    }

    [Fact]
    public async Task Stop_StoreFailsMidway_NothingIsPutBehindTheGap()
    {
        _harness.Store.Refuses = key => key.EndsWith("0000000000000002.journal", StringComparison.Ordinal);

        await AppendManyAsync();

        Assert.Equal("0000000000000001.journal", Assert.Single(await KeysAsync()).Split('/')[^1]);
        Assert.InRange(_harness.Files().Length, 3, 100);
    }

    [Fact]
    public async Task Stop_DatabaseThere_NothingIsHandedOver()
    {
        var database = await JournalHarness.CreateDatabaseAsync(postgres);
        _harness.Options.HandOver = true;
        using var journal = _harness.Open();
        var ids = await JournalHarness.AppendAsync(journal, 20);

        Assert.Equal(ids.Order(), (await _harness.DrainAsync(journal, database)).Order());
        Assert.Empty(await KeysAsync());
    }

    [Fact]
    public async Task Stop_HandOverIsOff_NothingIsHandedOver()
    {
        using var journal = _harness.Open();
        await JournalHarness.AppendAsync(journal, 20);
        await _harness.StopAwayAsync(journal, Away);

        Assert.Empty(await KeysAsync());
        Assert.Equal(20, journal.Count);
    }

    private async Task AppendManyAsync()
    {
        _harness.Options.HandOver = true;
        _harness.Options.SegmentBytes = 8 * 1024;
        using var journal = _harness.Open();
        await JournalHarness.AppendAsync(journal, 100);
        await _harness.StopAwayAsync(journal, Away);
    }

    private async Task<List<string>> KeysAsync()
    {
        var keys = new List<string>();
        await foreach (var entry in _harness.Store.ListAsync(HandedOverKeys.Prefix, Cancelled))
        {
            keys.Add(entry.Key);
        }

        return keys;
    }

    private async Task<byte[]> ReadAsync(string key)
    {
        await using var found = await _harness.Store.OpenAsync(key, Cancelled);
        using var content = new MemoryStream();
        await found!.Content.CopyToAsync(content, Cancelled);
        return content.ToArray();
    }
}
