using Analytics.Registry.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// Keeps runs and store in order for as long as the process lives: old runs go, and files that no version names. Of any number of
/// trainers one works at a time, by an advisory lock that goes with its connection. Nothing that goes wrong ends it.
/// </summary>
internal sealed partial class RunMaintenance(
    DbContextOptions<AnalyticsContext> database, RunRetention retention, BlobCleanup blobs, IOptions<TrainerOptions> options,
    TimeProvider time, ILogger<RunMaintenance> logger) : BackgroundService
{
    // Any constant will do that is the same in every process and nobody else's.
    private const long LockKey = 0x616e616c6d61696e;

    /// <summary>Does once what is to be done; false when another process is at it.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var locked = await context.Database.SqlQuery<bool>($"""SELECT pg_try_advisory_xact_lock({LockKey}) AS "Value" """)
            .SingleAsync(cancellationToken);
        if (!locked)
        {
            return false;
        }

        var now = time.GetUtcNow();
        await StepAsync("old runs", () => retention.RemoveAsync(now.AddDays(-options.Value.RunRetentionDays), cancellationToken), cancellationToken);
        await StepAsync("unused files", () => blobs.RemoveAsync(now - options.Value.BlobRetention, cancellationToken), cancellationToken);
        return true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, "everything", Outage.Reason(e), Outage.IsTransient(e) ? null : e);
            }

            await Task.Delay(options.Value.MaintenanceInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StepAsync(string what, Func<Task<int>> step, CancellationToken cancellationToken)
    {
        try
        {
            var removed = await step();
            if (removed > 0)
            {
                LogRemoved(logger, removed, what);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(logger, what, Outage.Reason(e), Outage.IsTransient(e) ? null : e);
        }
    }

    [LoggerMessage(LogLevel.Information, "Removed {Count} {What}")]
    private static partial void LogRemoved(ILogger logger, int count, string what);

    [LoggerMessage(LogLevel.Warning, "The maintenance of {What} is tried again later: {Reason}")]
    private static partial void LogFailed(ILogger logger, string what, string reason, Exception? error);
}
