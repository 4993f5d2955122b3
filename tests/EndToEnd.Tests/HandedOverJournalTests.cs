using Analytics.Registry.Database;
using Analytics.Registry.Store;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;

namespace Analytics.EndToEnd.Tests;

/// <summary>
/// A scorer that stops without its database, and a trainer that finds its journal in the store: whatever ends in between, each record is in
/// the database once.
/// </summary>
public sealed class HandedOverJournalTests : IAsyncLifetime, IDisposable
{
    private readonly PostgresServer _postgres = new();
    private readonly HandOverParts _parts = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _parts.Database = await _postgres.CreateDatabaseAsync();
        await using var context = _parts.OpenDatabase();
        await DatabaseMigrator.MigrateAsync(context, Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        _parts.Dispose();
        await _postgres.DisposeAsync();
    }

    public void Dispose() => _parts.Dispose();

    [Fact]
    public async Task Trainer_JournalOfAMachineThatIsGone_IsStoredOnceAndDeleted()
    {
        var ids = await _parts.StopWithoutDatabaseAsync(100);
        Directory.Delete(_parts.Folder, recursive: true);
        Assert.InRange(await _parts.CountSegmentsAsync(), 3, 100);

        await _parts.RunTrainerAsync();
        await _parts.RunTrainerAsync();

        await AssertStoredOnceAsync(ids);
    }

    [Theory]
    [InlineData("open", false)]
    [InlineData("delete", false)]
    [InlineData("delete", true)]
    public async Task Trainer_EndsAtAStep_TheNextOneGoesOn(string step, bool isDone)
    {
        var ids = await _parts.StopWithoutDatabaseAsync(100);
        var key = await _parts.KeyAsync(1);

        _parts.Store.EndAt = (step, key, isDone);
        await Assert.ThrowsAsync<StoreException>(_parts.RunTrainerAsync);
        _parts.Store.EndAt = null;
        await _parts.RunTrainerAsync();

        await AssertStoredOnceAsync(ids);
    }

    [Fact]
    public async Task Trainer_DatabaseStopsWhileItStores_GoesOnAtThePosition()
    {
        var ids = await _parts.StopWithoutDatabaseAsync(100);

        _parts.Store.Opened = async number =>
        {
            if (number == 2)
            {
                await _postgres.StopAsync();
            }
        };
        await Assert.ThrowsAnyAsync<Npgsql.NpgsqlException>(_parts.RunTrainerAsync);
        _parts.Store.Opened = null;
        await _postgres.StartAsync();
        await _parts.RunTrainerAsync();

        await AssertStoredOnceAsync(ids);
    }

    [Fact]
    public async Task Trainers_Four_OneAtATime()
    {
        var ids = await _parts.StopWithoutDatabaseAsync(200);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _parts.RunTrainerAsync()));
        await _parts.RunTrainerAsync();

        await AssertStoredOnceAsync(ids);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Scorer_BackOnItsDisk_StoresBesideTheTrainer(bool atOnce)
    {
        var ids = await _parts.StopWithoutDatabaseAsync(200);

        if (atOnce)
        {
            var trainer = _parts.RunTrainerAsync();
            ids.AddRange(await _parts.RunScorerAsync(50));
            await trainer;
        }
        else
        {
            ids.AddRange(await _parts.RunScorerAsync(50));
        }

        await _parts.RunTrainerAsync();

        await AssertStoredOnceAsync(ids);
    }

    [Fact]
    public async Task Scorer_EndsBetweenTwoPuts_TheRestIsOnItsDisk()
    {
        _parts.Store.EndAt = ("put", "2.journal", false);
        var ids = await _parts.StopWithoutDatabaseAsync(100);
        _parts.Store.EndAt = null;
        Assert.Equal(1, await _parts.CountSegmentsAsync());

        await _parts.RunTrainerAsync();
        Assert.InRange(await _parts.CountStoredAsync(), 1, ids.Count - 1);
        await _parts.RunScorerAsync(0);

        await AssertStoredOnceAsync(ids);
    }

    [Fact]
    public async Task Trainer_SegmentOfANewerFormat_StaysWithWhatFollowsIt()
    {
        var ids = await _parts.StopWithoutDatabaseAsync(100);
        await _parts.MakeNewerAsync(2);
        var before = await _parts.CountSegmentsAsync();

        await _parts.RunTrainerAsync();

        Assert.Equal(before - 1, await _parts.CountSegmentsAsync());
        Assert.InRange(await _parts.CountStoredAsync(), 1, ids.Count - 1);
        Assert.Contains(_parts.Told, line => line.Contains("is of a newer format", StringComparison.Ordinal));
    }

    private async Task AssertStoredOnceAsync(List<Guid> ids)
    {
        await using var context = _parts.OpenDatabase();
        var stored = await context.Requests.Select(r => r.Id).ToListAsync(Cancelled);
        Assert.Equal(ids.Order(), stored.Order());
        Assert.Equal(0, await _parts.CountSegmentsAsync());
        // A second time would be refused by the key and left out.
        Assert.DoesNotContain(_parts.Told, line => line.Contains("refuses", StringComparison.Ordinal));
    }
}
