using Analytics.Registry.Database;
using Analytics.Testing;
using Analytics.Trainer.Worker.Runs;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Trainer.Worker.Tests.Runs;

/// <summary>How runs come in, and how they are found afterwards.</summary>
public sealed class RunIntakeTests(PostgresServer postgres)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enqueue_EightCallersAtABoundOfThree_ThreeWait()
    {
        var queue = new RunQueue(await TestDatabase.CreateAsync(postgres));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => queue.EnqueueAsync(Request(), DuplicatePolicy.Allow, 3, Cancel)));

        Assert.Equal(3, answers.Count(a => a.Outcome == IntakeOutcome.Created));
        Assert.Equal(5, answers.Count(a => a is { Outcome: IntakeOutcome.Full, Run: null }));
        // A running one does not wait.
        Assert.NotNull(await queue.ClaimAsync("w", Lease, 3, Cancel));
        Assert.Equal(IntakeOutcome.Created, (await queue.EnqueueAsync(Request(), DuplicatePolicy.Allow, 3, Cancel)).Outcome);
    }

    [Fact]
    public async Task Enqueue_KnownKeyWhileTheQueueIsFull_IsTheRunOfTheKey()
    {
        var queue = new RunQueue(await TestDatabase.CreateAsync(postgres));
        var request = Request() with { IdempotencyKey = "k" };
        var first = await queue.EnqueueAsync(request, DuplicatePolicy.Allow, 1, Cancel);

        var again = await queue.EnqueueAsync(request, DuplicatePolicy.Refuse, 1, Cancel);

        Assert.Equal((IntakeOutcome.Known, first.Run!.Id), (again.Outcome, again.Run!.Id));
    }

    [Fact]
    public async Task Enqueue_EightDuplicatesAtOnce_AreOneRunOrRefused()
    {
        var queue = new RunQueue(await TestDatabase.CreateAsync(postgres));

        var merged = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => queue.EnqueueAsync(Request(), DuplicatePolicy.Merge, 100, Cancel)));
        var refused = await queue.EnqueueAsync(Request(), DuplicatePolicy.Refuse, 100, Cancel);
        var other = await queue.EnqueueAsync(Request() with { Algorithm = "lightgbm" }, DuplicatePolicy.Refuse, 100, Cancel);

        Assert.Single(merged, a => a.Outcome == IntakeOutcome.Created);
        Assert.Single(merged.Select(a => a.Run!.Id).Distinct());
        Assert.Equal((IntakeOutcome.Refused, merged[0].Run!.Id), (refused.Outcome, refused.Run!.Id));
        Assert.Equal(IntakeOutcome.Created, other.Outcome);
    }

    [Fact]
    public async Task Enqueue_MergedWithAKey_TheKeyFindsTheRunLater()
    {
        var queue = new RunQueue(await TestDatabase.CreateAsync(postgres));
        var first = await queue.EnqueueAsync(Request(), DuplicatePolicy.Allow, 100, Cancel);
        var request = Request() with { IdempotencyKey = "k" };

        var merged = await queue.EnqueueAsync(request, DuplicatePolicy.Merge, 100, Cancel);
        Assert.NotNull(await queue.ClaimAsync("w", Lease, 3, Cancel));
        var again = await queue.EnqueueAsync(request, DuplicatePolicy.Merge, 100, Cancel);

        Assert.Equal((IntakeOutcome.Merged, first.Run!.Id), (merged.Outcome, merged.Run!.Id));
        Assert.Equal((IntakeOutcome.Known, first.Run.Id), (again.Outcome, again.Run!.Id));
    }

    [Fact]
    public async Task Enqueue_RunningDuplicate_IsNone()
    {
        var queue = new RunQueue(await TestDatabase.CreateAsync(postgres));
        await queue.EnqueueAsync(Request(), Cancel);
        await queue.ClaimAsync("w", Lease, 3, Cancel);

        Assert.Equal(IntakeOutcome.Created, (await queue.EnqueueAsync(Request(), DuplicatePolicy.Refuse, 100, Cancel)).Outcome);
    }

    [Fact]
    public async Task List_PageByPage_HasEachRunOnceAlsoOfOneMicrosecond()
    {
        var database = await TestDatabase.CreateAsync(postgres);
        var queue = new RunQueue(database);
        var all = new List<Guid>();
        for (var i = 0; i < 7; i++)
        {
            all.Add((await queue.EnqueueAsync(Request() with { RequestedBy = i % 2 == 0 ? "ann" : "bob" }, Cancel)).Run.Id);
        }

        await using var context = new AnalyticsContext(database);
        await context.Database.ExecuteSqlAsync($"UPDATE training_runs SET requested_at = '2026-01-02T03:04:05.678901Z' WHERE requested_by = 'ann'", Cancel);
        var seen = new List<Guid>();
        RunCursor? after = null;
        while (true)
        {
            var page = await queue.ListAsync(new RunFilter { After = after }, 2, Cancel);
            seen.AddRange(page.Select(r => r.Id));
            if (page.Count < 2)
            {
                break;
            }

            Assert.True(RunCursor.TryParse(new RunCursor(page[^1].RequestedAt, page[^1].Id).ToString(), out var next));
            after = next;
        }

        Assert.Equal(all.Order(), seen.Order());
        var january = new RunFilter { Since = DateTimeOffset.Parse("2026-01-02Z", null), Until = DateTimeOffset.Parse("2026-01-03Z", null) };
        Assert.Equal(4, (await queue.ListAsync(january, 100, Cancel)).Count);
        Assert.Equal(3, (await queue.ListAsync(new RunFilter { RequestedBy = "bob" }, 100, Cancel)).Count);
    }

    private static RunRequest Request() => new() { Model = "iris", Dataset = "iris", Algorithm = "random-forest", RequestedBy = "test" };
}
