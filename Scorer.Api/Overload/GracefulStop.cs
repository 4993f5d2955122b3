using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Overload;

/// <summary>
/// The first part of a stop: readiness fails at once, the server goes on answering for <c>Scorer:StopDelay</c> and closes each connection after its
/// answer, so that clients and load balancers go elsewhere before it stops listening. Then the server finishes what is in
/// flight, and the journal drains.
/// </summary>
internal sealed class GracefulStop(
    IHostApplicationLifetime lifetime, IHostEnvironment environment, IOptions<OverloadOptions> options, TimeProvider time)
    : IHostedLifecycleService, IHealthCheck, IDisposable
{
    private readonly CancellationTokenSource _lastCall = new();
    private readonly Lock _gate = new();
    private volatile bool _stopping;
    private bool _disposed;
    private CancellationTokenRegistration _registration;
    private ITimer? _lastCallTimer;

    /// <summary>True from the moment the service was told to stop.</summary>
    public bool IsStopping => _stopping;

    /// <summary>
    /// Cancelled when half of the time to stop is over: a body that is still being sent then must not take the time that
    /// answers and journal need.
    /// </summary>
    public CancellationToken LastCall => _lastCall.Token;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_stopping ? HealthCheckResult.Unhealthy("The scorer is stopping.") : HealthCheckResult.Healthy());

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _registration = lifetime.ApplicationStopping.Register(() => _stopping = true);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        // A host may be stopped twice; the first call counts.
        _lastCallTimer ??= time.CreateTimer(_ => CallLast(), null, options.Value.StopTimeout / 2, Timeout.InfiniteTimeSpan);
        var delay = options.Value.StopDelay ?? (environment.IsDevelopment() ? TimeSpan.Zero : TimeSpan.FromSeconds(5));
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        _registration.Dispose();
        _lastCallTimer?.Dispose();
        lock (_gate)
        {
            _disposed = true;
            _lastCall.Dispose();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // The timer may fire while the service is being disposed: disposing a timer does not wait for what it has begun.
    private void CallLast()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _lastCall.Cancel();
            }
        }
    }
}
