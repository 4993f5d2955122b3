using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.Testing;
using Analytics.Trainer.Worker.Runs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Trainer.Worker.Tests.Runs;

/// <summary>What goes with age, and what never does.</summary>
public sealed class RunRetentionTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Runs_Old_GoUnlessAnAliasNamesOrNamedTheirVersion()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var runs = new List<Guid>();
        for (var version = 1; version <= 4; version++)
        {
            runs.Add(await EndedAsync(trainer, version));
        }

        var failed = await EndedAsync(trainer, null);
        var young = await EndedAsync(trainer, 5);
        var waiting = (await Queue(trainer).EnqueueAsync(Request(), Cancel)).Run.Id;
        await SetAsync(trainer, "champion", 1);
        await SetAsync(trainer, "champion", 2);
        await SetAsync(trainer, "blue", 3);
        await using var context = new AnalyticsContext(trainer.Database);
        await context.Database.ExecuteSqlAsync(
            $"UPDATE training_runs SET requested_at = now() - interval '400 days', ended_at = ended_at - interval '400 days' WHERE id <> {young}", Cancel);

        var removed = await trainer.Services.GetRequiredService<RunRetention>().RemoveAsync(DateTimeOffset.UtcNow.AddDays(-365), Cancel);

        Assert.Equal(2, removed);
        var left = (await Queue(trainer).ListAsync(null, null, 100, Cancel)).Select(r => r.Id).ToList();
        Assert.Equal(new[] { runs[0], runs[1], runs[2], waiting, young }.Order(), left.Order());
        Assert.DoesNotContain(failed, left);
    }

    [Fact]
    public async Task Blobs_Unreferenced_GoAfterTheirTimeAndNoOthers()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        await EndedAsync(trainer, 1);
        var unused = await PutBlobAsync(trainer, "what a cancelled run left");
        var cleanup = trainer.Services.GetRequiredService<BlobCleanup>();

        Assert.Equal(0, await cleanup.RemoveAsync(DateTimeOffset.UtcNow.AddDays(-7), Cancel));
        // As if it were later.
        Assert.Equal(1, await cleanup.RemoveAsync(DateTimeOffset.UtcNow.AddDays(1), Cancel));

        Assert.Null(await trainer.Store.OpenAsync(unused, Cancel));
        var manifest = (await trainer.Registry.FindManifestAsync("iris", 1, Cancel))!;
        await trainer.Registry.FetchFileAsync("iris", manifest.Files[0], Path.Combine(trainer.Folder, "fetched"), Cancel);
    }

    [Fact]
    public async Task Blobs_RunAtWorkOrDamagedManifest_AllStay()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        await EndedAsync(trainer, 1);
        var unused = await PutBlobAsync(trainer, "of the run at work");
        var cleanup = trainer.Services.GetRequiredService<BlobCleanup>();
        await Queue(trainer).EnqueueAsync(Request(), Cancel);
        var lease = (await Queue(trainer).ClaimAsync("w", TimeSpan.FromMinutes(1), 3, Cancel))!;

        Assert.Equal(0, await cleanup.RemoveAsync(DateTimeOffset.UtcNow.AddDays(1), Cancel));
        await Queue(trainer).CancelAsync(lease, Cancel);
        await trainer.Store.PutDocumentAsync("models/iris/versions/00000002.json", "{"u8.ToArray(), PutCondition.None, Cancel);
        Assert.Equal(0, await cleanup.RemoveAsync(DateTimeOffset.UtcNow.AddDays(1), Cancel));

        await using var there = await trainer.Store.OpenAsync(unused, Cancel);
        Assert.NotNull(there);
    }

    private static RunQueue Queue(TestTrainer trainer) => trainer.Services.GetRequiredService<RunQueue>();

    private static RunRequest Request() => new() { Model = "iris", Dataset = "iris", Algorithm = "random-forest", RequestedBy = "test" };

    private static async Task<Guid> EndedAsync(TestTrainer trainer, int? version)
    {
        await Queue(trainer).EnqueueAsync(Request(), Cancel);
        var lease = (await Queue(trainer).ClaimAsync("w", TimeSpan.FromMinutes(1), 3, Cancel))!;
        if (version is { } number)
        {
            await Manifests.CommitAsync(trainer.Registry, "iris", number, lease.RunId);
            await Queue(trainer).CompleteAsync(lease, new RunResult(number, false, new Dictionary<string, double>(), null, null, []), Cancel);
        }
        else
        {
            await Queue(trainer).FailAsync(lease, "no", Cancel);
        }

        return lease.RunId;
    }

    private static async Task SetAsync(TestTrainer trainer, string alias, int version)
    {
        var read = await trainer.Registry.ReadAliasAsync("iris", alias, null, Cancel);
        await trainer.Registry.SetAliasAsync("iris", alias, version, "ann", "test", read, Cancel);
    }

    private static async Task<string> PutBlobAsync(TestTrainer trainer, string content)
    {
        var path = Path.Combine(trainer.Folder, "unused");
        await File.WriteAllTextAsync(path, content, Cancel);
        return StoreKeys.Blob("iris", (await trainer.Registry.PutFileAsync("iris", FileRole.Report, path, Cancel)).Sha256);
    }
}
