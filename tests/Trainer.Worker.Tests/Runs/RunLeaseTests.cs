using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Trainer.Worker.Tests.Runs;

/// <summary>Runs that change hands, or must not: several workers, leases taken, stops, a database that is away.</summary>
public sealed class RunLeaseTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_LeaseTakenByAnother_EndsItsProcessAndWritesNothing()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        await trainer.UploadAsync("letter", "letter.csv", "label=lettr");
        var id = await trainer.QueueAsync("letter", new { dataset = "letter" });
        await AttemptProcesses.StartedAsync(id);

        await using var context = new Registry.Database.AnalyticsContext(trainer.Database);
        await context.Database.ExecuteSqlAsync(
            $"UPDATE training_runs SET lease_token = gen_random_uuid(), worker = 'other', lease_expires_at = now() + interval '1 hour' WHERE id = {id}",
            Cancel);

        await AttemptProcesses.GoneAsync(id);
        // The worker is free again: it takes the next run.
        await trainer.UploadAsync("iris", "iris.csv", "label=species");
        RunAssert.Succeeded(await trainer.EndOfAsync(await trainer.QueueAsync("iris", new { dataset = "iris" })), 1, true);
        var run = await trainer.GetAsync($"/runs/{id}");
        Assert.Equal(("running", "other"), (run.GetProperty("state").GetString(), run.GetProperty("worker").GetString()));
        Assert.Empty(await trainer.Registry.ListVersionsAsync("letter", Cancel).ToListAsync(Cancel));
    }

    // Hangfire.PostgreSql#330: a job longer than its time-out ran twice at once.
    [Fact]
    public async Task Run_LongerThanItsLeaseWithTwoWorkers_RunsOnce()
    {
        (string, string)[] settings = [("Trainer:Lease", "00:00:02"), ("Trainer:Heartbeat", "00:00:00.3")];
        await using var trainer = await TestTrainer.StartAsync(postgres, null, settings);
        await using var other = await TestTrainer.StartAsync(postgres, trainer, settings);
        await trainer.UploadAsync("letter", "letter.csv", "label=lettr");

        var run = await trainer.EndOfAsync(await trainer.QueueAsync("letter", new { dataset = "letter" }));

        RunAssert.Succeeded(run, version: 1, promoted: true);
        Assert.Equal(1, run.GetProperty("attempt").GetInt32());
        Assert.True(
            run.GetProperty("endedAt").GetDateTimeOffset() - run.GetProperty("startedAt").GetDateTimeOffset() > TimeSpan.FromSeconds(2),
            "The run was shorter than its lease: this test shows nothing.");
    }

    [Fact]
    public async Task Run_TwoOfOneModelAtOnce_CommitDistinctVersions()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        await using var other = await TestTrainer.StartAsync(postgres, trainer);
        await trainer.UploadAsync("iris", "iris.csv", "label=species");

        var ids = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => trainer.QueueAsync("iris", new { dataset = "iris" })));
        var runs = await Task.WhenAll(ids.Select(trainer.EndOfAsync));

        Assert.All(runs, r => Assert.Equal("succeeded", r.GetProperty("state").GetString()));
        Assert.Equal([1, 2, 3, 4], runs.Select(r => r.GetProperty("version").GetInt32()).Order());
        Assert.Equal([1, 2, 3, 4], await trainer.Registry.ListVersionsAsync("iris", Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task Stop_WhileRunning_GivesTheRunBackUncounted()
    {
        await using var keeper = await TestTrainer.StartWithoutWorkerAsync(postgres);
        await keeper.UploadAsync("letter", "letter.csv", "label=lettr");
        var worker = await TestTrainer.StartAsync(postgres, keeper);
        var id = await keeper.QueueAsync("letter", new { dataset = "letter" });
        await AttemptProcesses.StartedAsync(id);

        await worker.DisposeAsync();

        var run = await keeper.GetAsync($"/runs/{id}");
        Assert.Equal(("queued", 0), (run.GetProperty("state").GetString(), run.GetProperty("attempt").GetInt32()));
        Assert.Empty(AttemptProcesses.Of(id));
    }

    [Fact]
    public async Task Run_DatabaseAwayDuringIt_EndsWhenItIsBackWithTwoWorkersOnce()
    {
        await using var own = new PostgresServer();
        await using var trainer = await TestTrainer.StartAsync(own, null, ("Trainer:Lease", "00:00:02"));
        await using var other = await TestTrainer.StartAsync(own, trainer, ("Trainer:Lease", "00:00:02"));
        await trainer.UploadAsync("iris", "iris.csv", "label=species");
        var id = await trainer.QueueAsync("iris", new { dataset = "iris" });
        await AttemptProcesses.StartedAsync(id);

        await own.StopAsync();
        await AttemptProcesses.GoneAsync(id);
        // Longer than the lease: whoever is first when it is back goes on.
        await Task.Delay(TimeSpan.FromSeconds(3), Cancel);
        await own.StartAsync();
        var run = await trainer.EndOfAsync(id);

        RunAssert.Succeeded(run, version: 1, promoted: true);
        Assert.Equal([1], await trainer.Registry.ListVersionsAsync("iris", Cancel).ToListAsync(Cancel));
    }
}
