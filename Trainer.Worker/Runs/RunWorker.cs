using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// Takes runs from the queue, one at a time, for as long as the process lives. Nothing that goes wrong ends it: it waits, a
/// little longer each time, and looks again.
/// </summary>
internal sealed partial class RunWorker(
    RunQueue queue, RunExecution execution, IOptions<TrainerOptions> options, TimeProvider time, ILogger<RunWorker> logger)
    : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    /// <summary>This worker's name in the rows it claims.</summary>
    public static string WorkerName { get; } =
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}");

    /// <summary>Ready while the worker runs; neither store nor database decides it.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(ExecuteTask is { IsCompleted: false }
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The worker is not running."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await queue.ClaimAsync(WorkerName, options.Value.Lease, options.Value.MaxAttempts, stoppingToken) is { } lease)
                {
                    await execution.ExecuteAsync(lease, stoppingToken);
                }
                else
                {
                    await Task.Delay(options.Value.Poll, time, stoppingToken);
                }

                failures = 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                var delay = Delay(failures++);
                LogFailed(logger, delay.TotalSeconds, Outage.Reason(e), Outage.IsTransient(e) ? null : e);
                await Task.Delay(delay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private TimeSpan Delay(int failures)
    {
        var delay = options.Value.Poll * Math.Pow(2, Math.Min(failures, 10));
        return delay < LongestDelay ? delay : LongestDelay;
    }

    [LoggerMessage(LogLevel.Warning, "The worker could not look for a run or end one; next look in {Seconds:F1} s: {Reason}")]
    private static partial void LogFailed(ILogger logger, double seconds, string reason, Exception? error);
}
