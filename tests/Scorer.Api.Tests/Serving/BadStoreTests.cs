using System.Text.Json.Nodes;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Serving;

/// <summary>Content of the store that nobody should have put there: serving stays as it is, and the reason is shown.</summary>
public sealed class BadStoreTests(PostgresServer postgres) : IDisposable
{
    private const long TenGigabytes = 10L * 1024 * 1024 * 1024;

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("no JSON", "not a valid ManifestFormat")]
    [InlineData("a list", "not a valid ManifestFormat")]
    [InlineData("null", "expected a JSON object, found null")]
    [InlineData("a null model", "not a valid Manifest")]
    [InlineData("a null signature", "not a valid Manifest")]
    [InlineData("null files", "not a valid Manifest")]
    [InlineData("a future format", "format 2 is newer than this program reads")]
    [InlineData("10 GB", "a document has at most 4194304 bytes; found 10737418240")]
    [InlineData("a graph of 10 GB", "The model file has 10737418240 bytes; Scorer:MaxModelBytes allows")]
    [InlineData("golden rows of 10 GB", "The golden file has 10737418240 bytes; at most")]
    public async Task Reload_BadManifest_KeepsServingAndLoadsTheNextGoodVersion(string fault, string reason)
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        await _store.CommitAsync("iris", 2);
        var path = _store.PathOf(StoreKeys.Manifest("iris", 2));
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!;
        switch (fault)
        {
            case "a null model":
                manifest["model"] = null;
                break;
            case "a null signature":
                manifest["signature"] = null;
                break;
            case "null files":
                manifest["files"] = null;
                break;
            case "a future format":
                manifest["format"] = 2;
                break;
            case "a graph of 10 GB":
                manifest["files"]![0]!["size"] = TenGigabytes;
                break;
            case "golden rows of 10 GB":
                manifest["files"]![1]!["size"] = TenGigabytes;
                break;
        }

        var content = fault switch
        {
            "no JSON" => "<html>",
            "a list" => "[]",
            "null" => "null",
            _ => manifest.ToJsonString(),
        };
        await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);
        if (fault == "10 GB")
        {
            Grow(path);
        }

        await AssertKeepsServingAsync(scorer, reason);
    }

    [Fact]
    public async Task Reload_BlobOfTenGigabytes_IsNotFetchedToLearnThatItIsTheWrongOne()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        var manifest = await _store.CommitAsync("iris", 2);
        Grow(_store.BlobPath(manifest, FileRole.Model));

        await AssertKeepsServingAsync(scorer, $"expected {manifest.File(FileRole.Model)!.Size} bytes, found 10737418240");

        var cached = new DirectoryInfo(_folder.Combine("cache")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        Assert.InRange(cached, 0, 1_000_000);
    }

    [Theory]
    [InlineData("""{"version":0,"sequence":2,"setBy":"x","setAt":"2026-01-01T00:00:00Z","reason":"x"}""", "version and sequence start at 1")]
    [InlineData("[]", "not a valid AliasSetting")]
    [InlineData("null", "expected a JSON object, found null")]
    [InlineData(null, "a document has at most 4194304 bytes; found 10737418240")]
    public async Task Reload_BadAlias_KeepsServingAndIsReadAgain(string? content, string reason)
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        var alias = _store.PathOf(StoreKeys.Alias("iris", AliasName.Champion));

        await File.WriteAllTextAsync(alias, content ?? "", TestContext.Current.CancellationToken);
        if (content is null)
        {
            Grow(alias);
        }

        await Eventually.TrueAsync(
            () => scorer.Snapshot.Find("iris")!.Problem?.Contains(reason, StringComparison.Ordinal) == true, $"the reason: {reason}");
        await ReloadTests.AssertAnswersAsync(scorer, 1);
        await _store.CommitAsync("iris", 2);
        await _store.PointAsync("iris", 2, sequence: 3);
        await scorer.WaitForAsync("iris", 2);
        Assert.Null(scorer.Snapshot.Find("iris")!.Problem);
    }

    private async Task AssertKeepsServingAsync(ScorerServer scorer, string reason)
    {
        await _store.PointAsync("iris", 2, sequence: 2);
        var failed = await scorer.WaitForStateAsync("iris", 2, VersionState.Failed);
        Assert.Contains(reason, failed!.Problem, StringComparison.Ordinal);
        await ReloadTests.AssertAnswersAsync(scorer, 1);
        await _store.CommitAsync("iris", 3);
        await _store.PointAsync("iris", 3, sequence: 3);
        await scorer.WaitForAsync("iris", 3);
        Assert.Null(scorer.Snapshot.Find("iris")!.Problem);
    }

    // Sparse: it takes no room on the disk.
    private static void Grow(string path)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(TenGigabytes);
    }
}
