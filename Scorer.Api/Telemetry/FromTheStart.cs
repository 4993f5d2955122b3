namespace Analytics.Scorer.Api.Telemetry;

/// <summary>Has a service made when the scorer starts and not at its first use: what it measures is told from then on.</summary>
internal sealed class FromTheStart<T> : IHostedService
    where T : notnull
{
    public FromTheStart(T service) => ArgumentNullException.ThrowIfNull(service);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
