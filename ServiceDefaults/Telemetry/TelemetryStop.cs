using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Analytics.ServiceDefaults.Telemetry;

/// <summary>
/// Sends what telemetry is left, after everything else has stopped, and waits <see cref="Patience"/> for it: a collector that is away or silent must
/// not hold up a stop. Left to their disposal the providers would wait for it one after the other, for seconds each.
/// </summary>
internal sealed class TelemetryStop(IServiceProvider services) : IHostedLifecycleService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        var patience = (int)Patience.TotalMilliseconds;
        // Each waits on the thread that it is called on.
        return Task.WhenAll(
            Run(() => services.GetService<TracerProvider>()?.Shutdown(patience)),
            Run(() => services.GetService<MeterProvider>()?.Shutdown(patience)),
            Run(() => services.GetService<LoggerProvider>()?.Shutdown(patience)));
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static Task Run(Action shutDown) =>
        Task.Factory.StartNew(shutDown, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
