using Analytics.Registry.Database;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// Looks at the queue for the metrics: an export must not wait for the database. While that is away nothing is known, and nothing is told.
/// </summary>
internal sealed class QueueWatch : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly DbContextOptions<AnalyticsContext> _database;
    private readonly TimeProvider _time;
    private volatile QueueState? _state;

    public QueueWatch(DbContextOptions<AnalyticsContext> database, RunTelemetry telemetry, TimeProvider time)
    {
        (_database, _time) = (database, time);
        telemetry.ObserveQueue(() => _state);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                _state = await LookAsync(stoppingToken);
            }
#pragma warning disable CA1031 // A metric must not end the trainer; the worker, which asks more often, tells what is wrong.
            catch (Exception)
#pragma warning restore CA1031
            {
                _state = null;
            }

            await Task.Delay(Interval, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<QueueState> LookAsync(CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(_database);
        var waiting = await context.Database.SqlQuery<Waiting>(
            $"""
            SELECT count(*) AS length, coalesce(extract(epoch FROM now() - min(requested_at)), 0)::double precision AS seconds
            FROM training_runs WHERE state = 'queued'
            """).SingleAsync(cancellationToken);
        return new QueueState(waiting.Length, TimeSpan.FromSeconds(Math.Max(0, waiting.Seconds)));
    }

    private sealed record Waiting(long Length, double Seconds);
}

/// <summary>The queue at one moment.</summary>
/// <param name="Length">Runs that wait.</param>
/// <param name="Oldest">How long the one that waits longest has waited; zero when none does.</param>
internal sealed record QueueState(long Length, TimeSpan Oldest);
