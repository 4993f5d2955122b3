using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Testing;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Runs;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Trainer.Worker.Tests.Runs;

public sealed class TrainerProcessTests(PostgresServer postgres) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("analytics-process-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Hangfire.PostgreSql#321: after a crash a job stayed "processing" for ever.
    [Fact]
    public async Task Kill9_DuringTraining_IsClaimedAgainAndCommitsOneVersion()
    {
        var database = await TestDatabase.CreateAsync(postgres);
        var queue = new RunQueue(database);
        var store = TestStore.Open(Path.Combine(_folder, "store"));
        await new DatasetStoreIntake(new DatasetStore(store), TimeProvider.System).TakeAsync(
            "letter", RepositoryFiles.Data("letter.csv"), new DatasetSchema("lettr"), "test", Cancel);
        var (run, _) = await queue.EnqueueAsync(
            new RunRequest
            {
                Model = "letter",
                Dataset = "letter",
                Algorithm = "random-forest",
                // Long enough to be killed, short enough to be trained twice.
                Parameters = new Dictionary<string, JsonElement> { ["trees"] = JsonSerializer.SerializeToElement(10) },
                RequestedBy = "test",
            },
            Cancel);

        using var first = TrainerProcess.Start(_folder, database);
        var child = await AttemptProcesses.StartedAsync(run.Id);
        // Only the worker: its child has to notice by itself.
        first.Process.Kill();
        await TestTrainer.UntilAsync(() => Task.FromResult(!AttemptProcesses.Of(run.Id).Contains(child)), "the child's own end");
        using var second = TrainerProcess.Start(_folder, database);
        await TestTrainer.UntilAsync(async () => (await queue.FindAsync(run.Id, Cancel))!.State > RunState.Running, "the end of the run");

        var row = (await queue.FindAsync(run.Id, Cancel))!;
        Assert.True(row.State == RunState.Succeeded, row.Error + second.Output);
        Assert.Equal(2, row.Attempt);
        var registry = new ModelRegistry(store, TimeProvider.System);
        Assert.Equal([1], await registry.ListVersionsAsync("letter", Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task Migrate_EmptyDatabase_ExitsWith0()
    {
        var options = TestDatabase.Options(await postgres.CreateDatabaseAsync());

        using var migrate = TrainerProcess.Start(_folder, options, "migrate");

        Assert.True(await migrate.ExitAsync() == 0, migrate.Output);
        await using var context = new AnalyticsContext(options);
        Assert.Empty(await context.TrainingRuns.ToListAsync(Cancel));
    }

    [Fact]
    public async Task Migrate_DatabaseStartsLater_Waits()
    {
        await using var own = new PostgresServer();
        var options = TestDatabase.Options(await own.CreateDatabaseAsync());
        await own.StopAsync();

        using var migrate = TrainerProcess.Start(_folder, options, "migrate");
        await TestTrainer.UntilAsync(
            () => Task.FromResult(migrate.Output.Contains("away", StringComparison.Ordinal)), "the first try");
        await own.StartAsync();

        Assert.True(await migrate.ExitAsync() == 0, migrate.Output);
    }

    [Fact]
    public async Task Migrate_NoConnectionString_ExitsWith1AndSaysWhy()
    {
        using var migrate = TrainerProcess.Start(_folder, null, "migrate");

        Assert.Equal(1, await migrate.ExitAsync());
        Assert.Contains("ConnectionStrings", migrate.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownVerb_ExitsWith2AndListsTheVerbs()
    {
        using var trainer = TrainerProcess.Start(_folder, null, "trian");

        Assert.Equal(2, await trainer.ExitAsync());
        Assert.Contains("migrate", trainer.Output, StringComparison.Ordinal);
    }
}
