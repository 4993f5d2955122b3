using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Runs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Analytics.Trainer.Worker.Tests.Runs;

public sealed class ChampionPromotionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("analytics-promotion-").FullName;
    private readonly ModelRegistry _registry;
    private readonly ChampionPromotion _promotion;

    public ChampionPromotionTests()
    {
        _registry = new ModelRegistry(TestStore.Open(_folder), TimeProvider.System);
        _promotion = new ChampionPromotion(_registry, new Persistence(TimeProvider.System, NullLogger<Persistence>.Instance));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Promote_ChampionAsCompared_MovesTheAlias()
    {
        await CommitAsync(1, null);
        var champion = await SetAsync(1);

        var (promoted, _) = await _promotion.PromoteAsync(await CommitAsync(2, 1), PromotePolicy.Auto, champion, Cancel);

        Assert.True(promoted);
        Assert.Equal(2, await ChampionAsync());
    }

    [Fact]
    public async Task Promote_GateSaidNo_LeavesTheAlias()
    {
        await CommitAsync(1, null);
        var champion = await SetAsync(1);
        var manifest = await CommitAsync(2, 1, promote: false);

        Assert.False((await _promotion.PromoteAsync(manifest, PromotePolicy.Auto, champion, Cancel)).Promoted);
        Assert.Equal(1, await ChampionAsync());
    }

    [Fact]
    public async Task Promote_ChampionMovedMeanwhile_IsNotPromotedAndSaysWhy()
    {
        await CommitAsync(1, null);
        await CommitAsync(2, 1);
        var champion = await SetAsync(1);
        await SetAsync(2);

        var (promoted, verdict) = await _promotion.PromoteAsync(await CommitAsync(3, 1), PromotePolicy.Auto, champion, Cancel);

        Assert.False(promoted);
        Assert.False(verdict.Promote);
        Assert.Contains("compared with version 1, and the champion is version 2", verdict.Reason, StringComparison.Ordinal);
        Assert.Equal(2, await ChampionAsync());
    }

    [Fact]
    public async Task Promote_FirstChampionAppearedMeanwhile_IsNotPromoted()
    {
        await CommitAsync(1, null);
        var none = await _registry.ReadAliasAsync("iris", AliasName.Champion, null, Cancel);
        await SetAsync(1);

        Assert.False((await _promotion.PromoteAsync(await CommitAsync(2, null), PromotePolicy.Auto, none, Cancel)).Promoted);
        Assert.Equal(1, await ChampionAsync());
    }

    [Fact]
    public async Task Promote_SameChampionSetAgainMeanwhile_IsDecidedAgainAndPromoted()
    {
        await CommitAsync(1, null);
        var champion = await SetAsync(1);
        await SetAsync(1);

        Assert.True((await _promotion.PromoteAsync(await CommitAsync(2, 1), PromotePolicy.Auto, champion, Cancel)).Promoted);
        Assert.Equal(2, await ChampionAsync());
    }

    [Fact]
    public async Task Promote_ForceWithAnotherChampionMeanwhile_IsPromoted()
    {
        await CommitAsync(1, null);
        await CommitAsync(2, 1);
        var champion = await SetAsync(1);
        await SetAsync(2);

        Assert.True((await _promotion.PromoteAsync(await CommitAsync(3, 1), PromotePolicy.Force, champion, Cancel)).Promoted);
        Assert.Equal(3, await ChampionAsync());
    }

    [Fact]
    public async Task Promote_LaterAttemptAfterARollback_DoesNotUndoTheRollback()
    {
        await CommitAsync(1, null);
        var champion = await SetAsync(1);
        var manifest = await CommitAsync(2, 1);
        await _promotion.PromoteAsync(manifest, PromotePolicy.Auto, champion, Cancel);
        await SetAsync(1);

        var (promoted, _) = await _promotion.PromoteAsync(manifest, PromotePolicy.Auto, champion: null, Cancel);

        Assert.True(promoted);
        Assert.Equal(1, await ChampionAsync());
    }

    [Fact]
    public async Task Promote_HeldUpWorkerWakesAfterTheRunAndALaterOneEnded_DoesNotTakeItBack()
    {
        await CommitAsync(1, null);
        var champion = await SetAsync(1);
        var manifest = await CommitAsync(2, 1);
        await _promotion.PromoteAsync(manifest, PromotePolicy.Force, champion, Cancel);
        await CommitAsync(3, 2);
        await SetAsync(3);

        await _promotion.PromoteAsync(manifest, PromotePolicy.Force, champion, Cancel);

        Assert.Equal(3, await ChampionAsync());
    }

    [Fact]
    public async Task Promote_LaterAttemptBeforeTheMove_Moves()
    {
        await CommitAsync(1, null);
        await SetAsync(1);

        Assert.True((await _promotion.PromoteAsync(await CommitAsync(2, 1), PromotePolicy.Auto, champion: null, Cancel)).Promoted);
        Assert.Equal(2, await ChampionAsync());
    }

    private async Task<Manifest> CommitAsync(int version, int? comparedWith, bool promote = true)
    {
        var gate = new GateVerdict(promote, "test", ChampionVersion: comparedWith);
        return (await Manifests.CommitAsync(_registry, "iris", version, Guid.NewGuid(), gate)).Manifest;
    }

    private async Task<AliasRead> SetAsync(int version)
    {
        var read = await _registry.ReadAliasAsync("iris", AliasName.Champion, null, Cancel);
        await _registry.SetAliasAsync("iris", AliasName.Champion, version, "ann", "test", read, Cancel);
        return await _registry.ReadAliasAsync("iris", AliasName.Champion, null, Cancel);
    }

    private async Task<int?> ChampionAsync() =>
        (await _registry.ReadAliasAsync("iris", AliasName.Champion, null, Cancel)).Setting?.Version;
}
