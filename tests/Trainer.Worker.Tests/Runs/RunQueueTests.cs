using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Testing;
using Analytics.Trainer.Worker.Runs;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Trainer.Worker.Tests.Runs;

public sealed class RunQueueTests(PostgresServer postgres)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan NoLease = TimeSpan.Zero;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enqueue_AllValues_AreReadBack()
    {
        var queue = await NewQueueAsync();
        var parameters = new Dictionary<string, JsonElement> { ["trees"] = JsonSerializer.SerializeToElement(20) };

        var (queued, created) = await queue.EnqueueAsync(
            Request() with { Label = "species", Include = ["a,b", "c"], Exclude = [], Parameters = parameters, TraceParent = "00-1-2-01" },
            Cancel);

        var found = await queue.FindAsync(queued.Id, Cancel);
        Assert.True(created);
        Assert.NotNull(found);
        Assert.Equal(RunState.Queued, found.State);
        Assert.Equal(["a,b", "c"], found.Include!);
        Assert.Empty(found.Exclude!);
        Assert.Equal(20, found.Parameters["trees"].GetInt32());
        Assert.Equal("00-1-2-01", found.TraceParent);
    }

    [Fact]
    public async Task Enqueue_SameKeyFromEightCallersAtOnce_IsOneRun()
    {
        var queue = await NewQueueAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            queue.EnqueueAsync(Request() with { IdempotencyKey = "one" }, Cancel)));

        Assert.Single(answers, a => a.Created);
        Assert.Single(answers.Select(a => a.Run.Id).Distinct());
    }

    [Fact]
    public async Task Claim_TwentyClaimersOfFiveRuns_EachRunOnce()
    {
        var queue = await NewQueueAsync();
        for (var i = 0; i < 5; i++)
        {
            await queue.EnqueueAsync(Request(), Cancel);
        }

        var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => queue.ClaimAsync("w", Lease, 3, Cancel)));

        var runs = claims.OfType<RunLease>().Select(c => c.RunId).ToList();
        // A claimer may pass over a row that is just being claimed, so some rows may be left for the next poll; none is taken twice.
        Assert.Equal(runs.Distinct().Count(), runs.Count);
        while (await queue.ClaimAsync("w", Lease, 3, Cancel) is { } rest)
        {
            runs.Add(rest.RunId);
        }

        Assert.Equal(5, runs.Distinct().Count());
        Assert.Equal(5, runs.Count);
    }

    [Fact]
    public async Task Claim_OldestFirst()
    {
        var queue = await NewQueueAsync();
        var first = await queue.EnqueueAsync(Request(), Cancel);
        await queue.EnqueueAsync(Request(), Cancel);

        Assert.Equal(first.Run.Id, (await queue.ClaimAsync("w", Lease, 3, Cancel))!.RunId);
    }

    // Hangfire.PostgreSql#330: a job that ran longer than its time-out was started a second time.
    [Fact]
    public async Task Claim_LeaseThatIsExtended_StaysWithItsWorker()
    {
        var queue = await NewQueueAsync();
        await queue.EnqueueAsync(Request(), Cancel);
        var lease = await queue.ClaimAsync("w1", NoLease, 3, Cancel);

        var beat = await queue.BeatAsync(lease!, Lease, Cancel);

        Assert.Equal(new Heartbeat(true, false), beat);
        Assert.Null(await queue.ClaimAsync("w2", Lease, 3, Cancel));
    }

    // Hangfire.PostgreSql#321: a job whose server crashed stayed "processing" for ever.
    [Fact]
    public async Task Claim_LeaseExpired_GoesToAnotherWorkerAndTheFirstWritesNothing()
    {
        var queue = await NewQueueAsync();
        await queue.EnqueueAsync(Request(), Cancel);
        var lost = (await queue.ClaimAsync("w1", NoLease, 3, Cancel))!;

        var taken = await queue.ClaimAsync("w2", Lease, 3, Cancel);

        Assert.Equal(lost.RunId, taken!.RunId);
        Assert.Equal(2, taken.Run.Attempt);
        Assert.False((await queue.BeatAsync(lost, Lease, Cancel)).Held);
        Assert.False(await queue.ReportAsync(lost, new Position("fit", 0.5), null, Cancel));
        Assert.False(await queue.CompleteAsync(lost, Result(1), Cancel));
        Assert.False(await queue.FailAsync(lost, "no", Cancel));
        Assert.False(await queue.CancelAsync(lost, Cancel));
        Assert.False(await queue.ReleaseAsync(lost, Cancel));
        Assert.False(await queue.RetryAsync(lost, "no", 3, Cancel));
        await Assert.ThrowsAsync<LeaseLostException>(() => queue.ReserveVersionAsync(lost, 0, Cancel));
        var row = await queue.FindAsync(lost.RunId, Cancel);
        Assert.Equal((RunState.Running, "w2", (string?)null), (row!.State, row.Worker, row.Stage));
    }

    [Fact]
    public async Task Claim_AttemptsUsedUp_FailsWithASentence()
    {
        var queue = await NewQueueAsync();
        var (run, _) = await queue.EnqueueAsync(Request(), Cancel);
        Assert.NotNull(await queue.ClaimAsync("w1", NoLease, 2, Cancel));
        Assert.NotNull(await queue.ClaimAsync("w2", NoLease, 2, Cancel));

        Assert.Null(await queue.ClaimAsync("w3", NoLease, 2, Cancel));

        var row = await queue.FindAsync(run.Id, Cancel);
        Assert.Equal(RunState.Failed, row!.State);
        Assert.Contains("after 2 attempts", row.Error, StringComparison.Ordinal);
        Assert.NotNull(row.EndedAt);
    }

    [Fact]
    public async Task Claim_AttemptsUsedUpButVersionReserved_IsHandedOutToBeCompleted()
    {
        var queue = await NewQueueAsync();
        await queue.EnqueueAsync(Request(), Cancel);
        var lease = (await queue.ClaimAsync("w1", NoLease, 1, Cancel))!;
        var version = await queue.ReserveVersionAsync(lease, 0, Cancel);

        var again = await queue.ClaimAsync("w2", Lease, 1, Cancel);

        Assert.Equal(version, again!.Run.Version);
    }

    [Fact]
    public async Task Retry_AttemptsLeft_QueuesAgainThenFails()
    {
        var queue = await NewQueueAsync();
        var (run, _) = await queue.EnqueueAsync(Request(), Cancel);

        Assert.True(await queue.RetryAsync((await queue.ClaimAsync("w", Lease, 2, Cancel))!, "crashed", 2, Cancel));
        var retried = await queue.FindAsync(run.Id, Cancel);
        Assert.True(await queue.RetryAsync((await queue.ClaimAsync("w", Lease, 2, Cancel))!, "crashed again", 2, Cancel));
        var failed = await queue.FindAsync(run.Id, Cancel);

        Assert.Equal((RunState.Queued, "crashed"), (retried!.State, retried.Error));
        Assert.Equal((RunState.Failed, "crashed again"), (failed!.State, failed.Error));
    }

    [Fact]
    public async Task Release_DoesNotCountTheAttempt()
    {
        var queue = await NewQueueAsync();
        await queue.EnqueueAsync(Request(), Cancel);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(await queue.ReleaseAsync((await queue.ClaimAsync("w", Lease, 1, Cancel))!, Cancel));
        }

        Assert.Equal(1, (await queue.ClaimAsync("w", Lease, 1, Cancel))!.Run.Attempt);
    }

    [Fact]
    public async Task Reserve_ManyRunsAtOnce_EachANumberOfItsOwnAboveTheStores()
    {
        var queue = await NewQueueAsync();
        var leases = new List<RunLease>();
        for (var i = 0; i < 12; i++)
        {
            await queue.EnqueueAsync(Request(), Cancel);
            leases.Add((await queue.ClaimAsync("w", Lease, 3, Cancel))!);
        }

        var versions = await Task.WhenAll(leases.Select(l => queue.ReserveVersionAsync(l, 4, Cancel)));

        Assert.Equal(Enumerable.Range(5, 12), versions.Order());
    }

    [Fact]
    public async Task Reserve_Again_KeepsTheNumberUnlessItIsTaken()
    {
        var queue = await NewQueueAsync();
        await queue.EnqueueAsync(Request(), Cancel);
        var lease = (await queue.ClaimAsync("w", Lease, 3, Cancel))!;

        Assert.Equal(1, await queue.ReserveVersionAsync(lease, 0, Cancel));
        Assert.Equal(1, await queue.ReserveVersionAsync(lease, 0, Cancel));
        Assert.Equal(2, await queue.ReserveVersionAsync(lease, 1, Cancel));
    }

    [Fact]
    public async Task Reserve_OtherModels_HaveTheirOwnNumbers()
    {
        var queue = await NewQueueAsync();
        await queue.EnqueueAsync(Request() with { Model = "iris" }, Cancel);
        await queue.EnqueueAsync(Request() with { Model = "iris-2" }, Cancel);
        var first = (await queue.ClaimAsync("w", Lease, 3, Cancel))!;
        var second = (await queue.ClaimAsync("w", Lease, 3, Cancel))!;

        Assert.Equal(1, await queue.ReserveVersionAsync(first, 0, Cancel));
        Assert.Equal(1, await queue.ReserveVersionAsync(second, 0, Cancel));
    }

    [Fact]
    public async Task Cancel_Queued_EndsAtOnce()
    {
        var queue = await NewQueueAsync();
        var (run, _) = await queue.EnqueueAsync(Request(), Cancel);

        var cancelled = await queue.CancelAsync(run.Id, "ann", Cancel);

        Assert.Equal((RunState.Cancelled, "ann"), (cancelled!.State, cancelled.CancelRequestedBy));
        Assert.NotNull(cancelled.EndedAt);
        Assert.Null(await queue.ClaimAsync("w", Lease, 3, Cancel));
        Assert.Null(await queue.CancelAsync(run.Id, "bob", Cancel));
    }

    [Fact]
    public async Task Cancel_Running_IsSeenByTheHeartbeat()
    {
        var queue = await NewQueueAsync();
        var (run, _) = await queue.EnqueueAsync(Request(), Cancel);
        var lease = (await queue.ClaimAsync("w", Lease, 3, Cancel))!;

        Assert.Equal(RunState.Running, (await queue.CancelAsync(run.Id, "ann", Cancel))!.State);

        Assert.Equal(new Heartbeat(true, true), await queue.BeatAsync(lease, Lease, Cancel));
        Assert.True(await queue.CancelAsync(lease, Cancel));
        Assert.Equal(RunState.Cancelled, (await queue.FindAsync(run.Id, Cancel))!.State);
    }

    [Fact]
    public async Task Complete_WritesTheResult()
    {
        var queue = await NewQueueAsync();
        var (run, _) = await queue.EnqueueAsync(Request(), Cancel);
        var lease = (await queue.ClaimAsync("w", Lease, 3, Cancel))!;

        Assert.True(await queue.CompleteAsync(lease, Result(7), Cancel));

        var row = await queue.FindAsync(run.Id, Cancel);
        Assert.Equal((RunState.Succeeded, 7, 1.0), (row!.State, row.Version, row.Progress));
        Assert.Equal(0.5, row.Result!.Metrics["accuracy"]);
    }

    private static RunRequest Request() => new()
    {
        Model = "iris",
        Dataset = "iris",
        Algorithm = "random-forest",
        RequestedBy = "test",
    };

    private static RunResult Result(int version) =>
        new(version, true, new Dictionary<string, double> { ["accuracy"] = 0.5 }, null, null, ["a warning"]);

    private async Task<RunQueue> NewQueueAsync() => new(await TestDatabase.CreateAsync(postgres));
}
