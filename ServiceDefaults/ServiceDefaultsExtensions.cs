using Analytics.ServiceDefaults.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Analytics.ServiceDefaults;

/// <summary>What every service has: telemetry and health, and a clock that tests can replace.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>
    /// Adds OpenTelemetry (traces, metrics and logs; over OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set) and health
    /// checks. <paramref name="telemetryNames"/> are the names of the service's own activity sources and meters.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder, params string[] telemetryNames)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(telemetryNames);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHealthChecks();
        // "Not ready yet" is an answer, with its reasons, to whoever asks; it is no error of the service.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
        builder.AddTelemetry(telemetryNames);
        return builder;
    }
}
