using Analytics.Registry.Database;
using Analytics.Testing;
using Analytics.Trainer.Worker.Runs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Trainer.Worker.Tests.Runs;

public sealed class ScheduleTests(PostgresServer postgres)
{
    private static readonly DateTimeOffset Now = new(2026, 3, 28, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("30 4 * * *", "UTC", "2026-03-29T04:30Z")]
    // The night in which Berlin's clocks go from 2:00 to 3:00: 2:30 is not there, the run is at the first moment after.
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-03-29T01:00Z")]
    [InlineData("0 0 29 2 *", "UTC", "2028-02-29T00:00Z")]
    [InlineData("@daily", "Asia/Tokyo", "2026-03-28T15:00Z")]
    public void CronLine_Next_IsInItsTimeZone(string cron, string zone, string expected)
    {
        var (line, fault) = CronLine.Parse(cron, zone, Now);

        Assert.Null(fault);
        Assert.Equal(DateTimeOffset.Parse(expected, null), line!.NextAfter(Now));
    }

    [Theory]
    [InlineData("0 0 30 2 *", "UTC", "never fires")]
    [InlineData("0 0 31 4,6,9,11 *", "UTC", "never fires")]
    [InlineData("61 * * * *", "UTC", "'cron' has five fields")]
    [InlineData("* * * *", "UTC", "'cron' has five fields")]
    [InlineData("0 0 0 * * *", "UTC", "'cron' has five fields")]
    [InlineData("0 0 * * *", "Mars/Olympus", "found 'Mars/Olympus'")]
    public void CronLine_CannotBeUsed_SaysWhy(string cron, string zone, string sentence)
    {
        var (line, fault) = CronLine.Parse(cron, zone, Now);

        Assert.Null(line);
        Assert.Contains(sentence, fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Due_FourWorkersAtOnce_IsOneRun()
    {
        await using var first = await TestTrainer.StartWithoutWorkerAsync(postgres);
        await PrepareAsync(first, dueFor: "3 seconds");
        var workers = Enumerable.Range(0, 4).Select(_ => ActivatorUtilities.CreateInstance<ScheduleWorker>(first.Services));

        await Task.WhenAll(workers.Select(w => Task.Run(() => w.RunDueAsync(Cancel), Cancel)));
        await TestTrainer.UntilAsync(async () => (await ScheduleAsync(first)).LastRun is not null, "the schedule's move");

        var run = Assert.Single((await first.GetAsync("/runs")).GetProperty("runs").EnumerateArray());
        var schedule = await ScheduleAsync(first);
        Assert.Equal("schedule of ann", run.GetProperty("requestedBy").GetString());
        Assert.Equal(run.GetProperty("id").GetGuid(), schedule.LastRun);
        Assert.True(schedule.NextAt > DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task Due_ManyTimesMissed_IsOneCatchUp()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        await PrepareAsync(trainer, dueFor: "3 days");
        var worker = trainer.Services.GetRequiredService<ScheduleWorker>();

        await worker.RunDueAsync(Cancel);
        await worker.RunDueAsync(Cancel);

        Assert.Single((await trainer.GetAsync("/runs")).GetProperty("runs").EnumerateArray());
    }

    [Fact]
    public async Task Due_MissedAndSkipped_IsNoRunAndSaysSo()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        await PrepareAsync(trainer, dueFor: "3 days", MissedRuns.Skip);

        await trainer.Services.GetRequiredService<ScheduleWorker>().RunDueAsync(Cancel);

        Assert.Empty((await trainer.GetAsync("/runs")).GetProperty("runs").EnumerateArray());
        var schedule = await ScheduleAsync(trainer);
        Assert.Contains("Passed over", schedule.LastError, StringComparison.Ordinal);
        Assert.True(schedule.NextAt > DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task Due_DatasetIsGone_SaysSoAndGoesOn()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        await PrepareAsync(trainer, dueFor: "3 seconds", request: """{"dataset":"gone"}""");

        await trainer.Services.GetRequiredService<ScheduleWorker>().RunDueAsync(Cancel);

        var schedule = await ScheduleAsync(trainer);
        Assert.Contains("no data set 'gone'", schedule.LastError, StringComparison.Ordinal);
        Assert.True(schedule.NextAt > DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task Due_QueueFull_WaitsForRoom()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres, ("Trainer:MaxQueued", "1"));
        await PrepareAsync(trainer, dueFor: "3 seconds");
        var other = await trainer.QueueAsync("other", new { dataset = "iris" });
        var worker = trainer.Services.GetRequiredService<ScheduleWorker>();

        await worker.RunDueAsync(Cancel);
        Assert.Contains("full", (await ScheduleAsync(trainer)).LastError, StringComparison.Ordinal);
        using var cancelled = await trainer.Client.DeleteAsync(new Uri($"/runs/{other}", UriKind.Relative), Cancel);
        await worker.RunDueAsync(Cancel);

        await TestTrainer.UntilAsync(async () => (await ScheduleAsync(trainer)) is { LastRun: not null, LastError: null }, "the run");
    }

    private static async Task PrepareAsync(
        TestTrainer trainer, string dueFor, MissedRuns missed = MissedRuns.Once, string request = """{"dataset":"iris"}""")
    {
        await trainer.UploadAsync("iris", "iris.csv", "label=species");
        var schedule = new TrainingSchedule
        {
            Model = "iris",
            Cron = "0 4 * * *",
            TimeZone = "UTC",
            Request = request,
            Missed = missed,
            SetBy = "ann",
            SetAt = Now,
            NextAt = DateTimeOffset.UtcNow.AddDays(1),
        };
        await trainer.Services.GetRequiredService<ScheduleQueue>().SetAsync(schedule, Cancel);
        // Behind the worker of the trainer itself, which may be quicker; all that is asserted is what both may do.
        await using var context = new AnalyticsContext(trainer.Database);
        await context.Database.ExecuteSqlAsync($"UPDATE training_schedules SET next_at = now() - {dueFor}::interval", Cancel);
    }

    private static async Task<TrainingSchedule> ScheduleAsync(TestTrainer trainer) =>
        (await trainer.Services.GetRequiredService<ScheduleQueue>().FindAsync("iris", Cancel))!;
}
