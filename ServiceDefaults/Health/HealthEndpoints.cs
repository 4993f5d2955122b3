using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Analytics.ServiceDefaults.Health;

/// <summary>The health endpoints. Open: a load balancer has no key.</summary>
public static class HealthEndpoints
{
    /// <summary>The path below which all of them are.</summary>
    public const string Path = "/health";

    /// <summary>The tag of the checks that decide readiness.</summary>
    public const string ReadyTag = "ready";

    /// <summary>
    /// Maps <c>/health</c> and <c>/health/live</c> (<c>{"status":"healthy"}</c> while the process answers; nothing outside the
    /// process can change that) and <c>/health/ready</c> (503 with the reasons until every check tagged
    /// <see cref="ReadyTag"/> is healthy).
    /// </summary>
    public static WebApplication MapHealthEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var live = new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync };
        var ready = new HealthCheckOptions { Predicate = check => check.Tags.Contains(ReadyTag), ResponseWriter = WriteAsync };
        // Not measured: "not ready yet" is no error of the service, and a balancer's questions are no requests.
        app.MapHealthChecks(Path, live).DisableHttpMetrics();
        app.MapHealthChecks($"{Path}/live", live).DisableHttpMetrics();
        app.MapHealthChecks($"{Path}/ready", ready).DisableHttpMetrics();
        return app;
    }

    private static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        writer.WriteStartObject();
        writer.WriteString("status", report.Status == HealthStatus.Healthy ? "healthy" : "unhealthy");
        if (report.Status != HealthStatus.Healthy)
        {
            writer.WriteStartObject("reasons");
            foreach (var (name, entry) in report.Entries.Where(e => e.Value.Status != HealthStatus.Healthy))
            {
                writer.WriteString(name, entry.Description ?? "not healthy");
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
