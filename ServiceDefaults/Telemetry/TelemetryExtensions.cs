using Analytics.ServiceDefaults.Health;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Analytics.ServiceDefaults.Telemetry;

internal static class TelemetryExtensions
{
    /// <summary>The standard variable that says where OTLP goes; Aspire sets it for its dashboard, a collector's host elsewhere.</summary>
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTelemetry(this IHostApplicationBuilder builder, string[] names)
    {
        builder.Services.AddOptions<TelemetryOptions>().BindConfiguration(TelemetryOptions.Section)
            .ValidateDataAnnotations().ValidateOnStart();
        // Its lines are off at the level of the settings anyway; without this it would open a scope around each request, to
        // name a path and an id that the trace of a line tells too.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        var telemetry = builder.Services.AddOpenTelemetry()
            // OTEL_SERVICE_NAME, where given, wins over this name.
            .ConfigureResource(resource => resource
                .AddService(builder.Environment.ApplicationName, serviceVersion: ServiceVersion.Current)
                .AddAttributes(
                [
                    new("deployment.environment.name", builder.Environment.EnvironmentName),
                    new("host.name", Environment.MachineName),
                ])
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddNpgsqlInstrumentation()
                .AddMeter(names)
                .AddMeter(ServerErrors.MeterName)
                // Counted up and down around each request and never looked at between two exports; the durations count them too.
                .AddView("http.server.active_requests", MetricStreamConfiguration.Drop)
                .AddView("aspnetcore.routing.match_attempts", MetricStreamConfiguration.Drop))
            .WithTracing(tracing => tracing
                .SetSampler(services => new ParentBasedSampler(new TraceSampler(
                    services.GetRequiredService<IOptions<TelemetryOptions>>().Value.TracesPerSecond,
                    services.GetRequiredService<TimeProvider>())))
                .AddAspNetCoreInstrumentation(options => options.Filter = IsWorthATrace)
                .AddHttpClientInstrumentation()
                .AddNpgsql()
                .AddSource(names));

        if (!string.IsNullOrWhiteSpace(builder.Configuration[EndpointVariable]))
        {
            telemetry.UseOtlpExporter();
            builder.Services.AddHostedService<ServerErrors>();
            builder.Services.AddHostedService<TelemetryStop>();
        }
    }

    private static bool IsWorthATrace(HttpContext context) =>
        !context.Request.Path.StartsWithSegments(HealthEndpoints.Path, StringComparison.OrdinalIgnoreCase);
}
