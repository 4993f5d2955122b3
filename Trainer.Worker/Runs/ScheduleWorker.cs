using System.Globalization;
using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Trainer.Worker.Operator;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// Queues a run when a schedule is due. Any number of trainers do it: the due time is the run's idempotency key, so a due time
/// is one run at most, whoever is killed where. Nothing that goes wrong ends it.
/// </summary>
internal sealed partial class ScheduleWorker(
    ScheduleQueue schedules, RunQueue queue, IServiceScopeFactory scopes, IOptions<TrainerOptions> options, TimeProvider time,
    ILogger<ScheduleWorker> logger) : BackgroundService
{
    // A time looked at so late was missed: no trainer ran, or PostgreSQL was away.
    private static readonly TimeSpan Missed = TimeSpan.FromMinutes(1);

    /// <summary>Queues what is due.</summary>
    public async Task RunDueAsync(CancellationToken cancellationToken)
    {
        var (due, now) = await schedules.ReadDueAsync(cancellationToken);
        foreach (var schedule in due)
        {
            try
            {
                await RunAsync(schedule, now, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // One schedule's trouble is not the others'; it stays due.
                LogFailed(logger, schedule.Model, Outage.Reason(e), Outage.IsTransient(e) ? null : e);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Poll, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await RunDueAsync(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    LogAway(logger, Outage.Reason(e), Outage.IsTransient(e) ? null : e);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The trainer stops.
        }
    }

    private async Task RunAsync(TrainingSchedule schedule, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (line, fault) = CronLine.Parse(schedule.Cron, schedule.TimeZone, now);
        if (line?.NextAfter(now) is not { } next)
        {
            // It fired when it was set; only another machine's time zones can know better.
            await schedules.HoldAsync(schedule, fault ?? "It never fires again.", cancellationToken);
            return;
        }

        if (schedule.Missed == MissedRuns.Skip && now - schedule.NextAt > Missed)
        {
            await schedules.AdvanceAsync(schedule, next, null, "Passed over: no trainer looked at that time.", cancellationToken);
            LogSkipped(logger, schedule.Model, schedule.NextAt);
            return;
        }

        await using var scope = scopes.CreateAsyncScope();
        var body = JsonSerializer.Deserialize<TrainingRequest>(schedule.Request, JsonSerializerOptions.Web)!;
        var (request, problem) = await scope.ServiceProvider.GetRequiredService<TrainingRequestRules>()
            .CheckAsync(schedule.Model, body, cancellationToken);
        if (problem is not null)
        {
            await schedules.AdvanceAsync(schedule, next, null, problem.ProblemDetails.Detail, cancellationToken);
            LogRefused(logger, schedule.Model, problem.ProblemDetails.Detail ?? "");
            return;
        }

        var intake = await queue.EnqueueAsync(
            request! with { RequestedBy = $"schedule of {schedule.SetBy}", IdempotencyKey = Key(schedule) },
            DuplicatePolicy.Merge,
            options.Value.MaxQueued,
            cancellationToken);
        if (intake.Outcome == IntakeOutcome.Full)
        {
            await schedules.HoldAsync(schedule, "The queue is full; it is tried until there is room.", cancellationToken);
            return;
        }

        if (await schedules.AdvanceAsync(schedule, next, intake.Run!.Id, null, cancellationToken))
        {
            LogQueued(logger, schedule.Model, intake.Run.Id, schedule.NextAt, next);
        }
    }

    // However many times were missed, all workers see the same first one: it is one catch-up, not one for each worker.
    private static string Key(TrainingSchedule schedule) =>
        string.Create(CultureInfo.InvariantCulture, $"schedule:{schedule.Model}:{schedule.NextAt.UtcDateTime:O}");

    [LoggerMessage(LogLevel.Information, "The schedule of {Model} queued run {Run} for {Due:u}; next at {Next:u}")]
    private static partial void LogQueued(ILogger logger, string model, Guid run, DateTimeOffset due, DateTimeOffset next);

    [LoggerMessage(LogLevel.Warning, "The schedule of {Model} passes over {Due:u}: no trainer looked at that time")]
    private static partial void LogSkipped(ILogger logger, string model, DateTimeOffset due);

    [LoggerMessage(LogLevel.Error, "The schedule of {Model} could not queue a run: {Reason}")]
    private static partial void LogRefused(ILogger logger, string model, string reason);

    [LoggerMessage(LogLevel.Warning, "The schedule of {Model} is tried again: {Reason}")]
    private static partial void LogFailed(ILogger logger, string model, string reason, Exception? error);

    [LoggerMessage(LogLevel.Warning, "The schedules could not be looked at: {Reason}")]
    private static partial void LogAway(ILogger logger, string reason, Exception? error);
}
