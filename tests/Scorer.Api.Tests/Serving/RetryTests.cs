using Analytics.Registry.Models;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Serving;

/// <summary>Versions that cannot be loaded: how often they are tried, and what makes them load after all.</summary>
public sealed class RetryTests(PostgresServer postgres) : IDisposable
{
    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Retry_AttemptsUsedUpAndAliasSetAgain_LoadsTheRepairedVersionAtOnce()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new()
        {
            ["Scorer:LoadAttempts"] = "1",
            ["Scorer:LoadRetryInterval"] = "1.00:00:00",
        });
        var blob = await PublishWithoutGraphAsync();
        var failed = await scorer.WaitForStateAsync("iris", 2, VersionState.Failed);
        var status = failed!.Versions.Single(v => v.Version == 2);
        Assert.Equal((1, TimeSpan.FromDays(1)), (status.Attempts, status.NextAttempt - status.Since));

        File.Move(blob + ".kept", blob);
        await _store.PromoteAsync("iris", 2);

        await scorer.WaitForAsync("iris", 2);
        await ReloadTests.AssertAnswersAsync(scorer, 2);
    }

    [Fact]
    public async Task Retry_AttemptsUsedUpAndBlobPutAgain_LoadsTheVersionAfterTheInterval()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new()
        {
            ["Scorer:LoadAttempts"] = "1",
            ["Scorer:LoadRetryInterval"] = "00:00:01",
        });
        var blob = await PublishWithoutGraphAsync();
        await Eventually.TrueAsync(
            () => scorer.Snapshot.Find("iris")!.Versions.Any(v => v is { Version: 2, Attempts: >= 2 }), "it is tried again");

        File.Move(blob + ".kept", blob);

        await scorer.WaitForAsync("iris", 2);
    }

    [Fact]
    public async Task Reload_ManyBrokenVersions_TheServingOneStaysInTheList()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        for (var version = 2; version <= 30; version++)
        {
            await _store.PointAsync("iris", version, sequence: version);
            await scorer.WaitForStateAsync("iris", version, VersionState.Failed);
        }

        var versions = scorer.Snapshot.Find("iris")!.Versions;

        Assert.Equal(20, versions.Count);
        Assert.Equal(VersionState.Ready, versions.Single(v => v.Version == 1).State);
        Assert.Equal(30, versions[0].Version);
    }

    private async Task<string> PublishWithoutGraphAsync()
    {
        var manifest = await _store.CommitAsync("iris", 2);
        var blob = _store.BlobPath(manifest, FileRole.Model);
        File.Move(blob, blob + ".kept");
        await _store.PromoteAsync("iris", 2);
        return blob;
    }
}
