using System.Text;
using Analytics.Registry.Models;
using Analytics.Registry.Store;

namespace Analytics.Registry.Tests.Models;

/// <summary>Aliases: reading, moving under a condition, and their history.</summary>
public abstract partial class ModelRegistryContract
{
    [Fact]
    public async Task SetAlias_OneAfterTheOther_KeepsEverySetting()
    {
        await CommitAsync(1, 2, 3);
        foreach (var version in new[] { 1, 2, 3, 1 })
        {
            var change = await SetAsync(version, $"to {version}");
            Assert.True(change.Changed);
        }

        var history = await _registry.ListAliasHistoryAsync("iris", "champion", Cancelled);
        Assert.Equal([1, 3, 2, 1], history.Select(s => s.Version));
        Assert.Equal([4, 3, 2, 1], history.Select(s => s.Sequence));
        Assert.Equal(["to 1", "to 3", "to 2", "to 1"], history.Select(s => s.Reason));
        Assert.All(history, s => Assert.Equal("tester", s.SetBy));
    }

    [Fact]
    public async Task SetAlias_DecidedOnAnOlderSetting_ChangesNothing()
    {
        await CommitAsync(1, 2, 3);
        var unset = await ReadAsync();
        await SetAsync(1, "first", unset);
        var first = await ReadAsync();
        await SetAsync(2, "second", first);

        var onFirst = await SetAsync(3, "stale", first);
        var onUnset = await SetAsync(3, "staler", unset);

        Assert.Equal((false, 2), (onFirst.Changed, onFirst.Setting!.Version));
        Assert.Equal((false, 2), (onUnset.Changed, onUnset.Setting!.Version));
        Assert.Equal([2, 1], (await _registry.ListAliasHistoryAsync("iris", "champion", Cancelled)).Select(s => s.Version));
    }

    [Fact]
    public async Task SetAlias_ManyMovers_OneWinsEachDecisionAndHistoryHasNoGap()
    {
        await CommitAsync(1, 2);
        for (var round = 0; round < 8; round++)
        {
            var decidedOn = await ReadAsync();
            var changes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => _registry.SetAliasAsync(
                "iris", "champion", 1 + (i % 2), $"mover {i}", $"round {round}", decidedOn, Cancelled))));

            var winner = Assert.Single(changes, c => c.Changed).Setting;
            Assert.Equal(winner, (await ReadAsync()).Setting);
            Assert.All(changes, c => Assert.Equal(winner, c.Setting));
        }

        var history = await _registry.ListAliasHistoryAsync("iris", "champion", Cancelled);
        Assert.Equal([8, 7, 6, 5, 4, 3, 2, 1], history.Select(s => s.Sequence));
        Assert.Equal(Enumerable.Range(0, 8).Reverse().Select(r => $"round {r}"), history.Select(s => s.Reason));
    }

    [Fact]
    public async Task SetAlias_MoverStoppedBeforeTheAlias_NextMoverGoesOn()
    {
        await CommitAsync(1, 2);
        await SetAsync(1, "first");
        // What a mover has done that died between the history document and the alias.
        var decidedOn = await ReadAsync();
        await _store.PutDocumentAsync(
            StoreKeys.AliasHistory("iris", "champion", 1), Encoding.UTF8.GetBytes(Json(decidedOn.Setting!)), PutCondition.IfAbsent, Cancelled);

        Assert.Equal([1], (await _registry.ListAliasHistoryAsync("iris", "champion", Cancelled)).Select(s => s.Sequence));
        Assert.True((await SetAsync(2, "second")).Changed);
        Assert.Equal([2, 1], (await _registry.ListAliasHistoryAsync("iris", "champion", Cancelled)).Select(s => s.Sequence));
    }

    [Fact]
    public async Task SetAlias_AliasRemovedByHand_CountsOn()
    {
        await CommitAsync(1, 2);
        await SetAsync(1, "first");
        await SetAsync(2, "second");
        await _store.DeleteAsync(StoreKeys.Alias("iris", "champion"), Cancelled);

        var change = await SetAsync(1, "again");

        Assert.Equal((true, 2L), (change.Changed, change.Setting!.Sequence));
        Assert.Equal(["again", "first"], (await _registry.ListAliasHistoryAsync("iris", "champion", Cancelled)).Select(s => s.Reason));
    }

    [Fact]
    public async Task SetAlias_NoSuchVersion_ChangesNothing()
    {
        await CommitAsync(1);
        await SetAsync(1, "first");

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => SetAsync(9, "typo"));

        Assert.Contains("has no version 9", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await ReadAsync()).Setting!.Version);
    }

    [Fact]
    public async Task SetAlias_DecidedOnAnUnmodifiedRead_IsTheCallersError()
    {
        await CommitAsync(1);
        await SetAsync(1, "first");
        var unmodified = await _registry.ReadAliasAsync("iris", "champion", (await ReadAsync()).ETag, Cancelled);

        Assert.Equal(ReadStatus.NotModified, unmodified.Status);
        await Assert.ThrowsAsync<ArgumentException>(() => SetAsync(1, "again", unmodified));
    }

    [Fact]
    public async Task ReadAlias_KnownTag_IsNotModifiedUntilItMoves()
    {
        await CommitAsync(1, 2);
        Assert.Equal(ReadStatus.NotFound, (await ReadAsync()).Status);
        await SetAsync(1, "first");
        var first = await ReadAsync();

        var again = await _registry.ReadAliasAsync("iris", "champion", first.ETag, Cancelled);
        await SetAsync(2, "second");
        var moved = await _registry.ReadAliasAsync("iris", "champion", again.ETag, Cancelled);

        Assert.Equal((ReadStatus.NotModified, first.ETag), (again.Status, again.ETag));
        Assert.Equal((ReadStatus.Found, 2), (moved.Status, moved.Setting!.Version));
    }

    [Theory]
    [InlineData("champion")]
    [InlineData("""{"version": 0, "sequence": 1, "setBy": "a", "setAt": "2026-01-01T00:00:00Z", "reason": ""}""")]
    [InlineData("""{"version": 1, "sequence": 0, "setBy": "a", "setAt": "2026-01-01T00:00:00Z", "reason": ""}""")]
    [InlineData("""{"version": 1, "sequence": 1, "setBy": null, "setAt": "2026-01-01T00:00:00Z", "reason": ""}""")]
    public async Task ReadAlias_Damaged_IsCorrupt(string content)
    {
        await _store.PutDocumentAsync(StoreKeys.Alias("iris", "champion"), Encoding.UTF8.GetBytes(content), PutCondition.None, Cancelled);

        var error = await Assert.ThrowsAsync<StoreException>(ReadAsync);

        Assert.Equal(StoreErrorKind.Corrupt, error.Kind);
        Assert.Contains("models/iris/aliases/champion.json", error.Message, StringComparison.Ordinal);
    }

    private async Task CommitAsync(params int[] versions)
    {
        foreach (var version in versions)
        {
            await _registry.CommitAsync(await NewManifestAsync(version: version), Cancelled);
        }
    }

    private Task<AliasRead> ReadAsync() => _registry.ReadAliasAsync("iris", "champion", null, Cancelled);

    private async Task<AliasChange> SetAsync(int version, string reason, AliasRead? decidedOn = null) => await _registry.SetAliasAsync(
        "iris", "champion", version, "tester", reason, decidedOn ?? await ReadAsync(), Cancelled);
}
