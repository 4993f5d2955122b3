using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace Analytics.ServiceDefaults.Telemetry;

/// <summary>
/// Counts the requests that the service answered with 5xx, told at each export, 0 too. It listens to ASP.NET Core's own duration of requests, which
/// knows the answer of every one of them, that of an unhandled exception as well; the health endpoints are not measured there.
/// </summary>
internal sealed class ServerErrors : IHostedService, IDisposable
{
    public const string MeterName = "Analytics.Http";

    private readonly IMeterFactory _meters;
    private readonly SteadyCounter _errors;
    private readonly MeterListener _listener = new();

    public ServerErrors(IMeterFactory meters)
    {
        _meters = meters;
        _errors = new SteadyCounter(
            meters.Create(MeterName), "analytics.http.server.errors", "{response}", "Requests answered with 5xx, health checks left out.");
        _listener.InstrumentPublished = Listen;
        _listener.SetMeasurementEventCallback<double>(Count);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _listener.Dispose();

    private void Listen(Instrument instrument, MeterListener listener)
    {
        // The scope tells this host's meters from those of another host in the process.
        if (instrument is { Name: "http.server.request.duration", Meter.Name: "Microsoft.AspNetCore.Hosting" } && instrument.Meter.Scope == _meters)
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }

    private void Count(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        foreach (ref readonly var tag in tags)
        {
            if (tag.Key == "http.response.status_code")
            {
                if (tag.Value is >= 500)
                {
                    _errors.Add();
                }

                return;
            }
        }
    }
}
