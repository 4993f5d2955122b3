using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;

namespace Analytics.Registry.Database;

/// <summary>How the services reach the database.</summary>
public static class AnalyticsDatabase
{
    /// <summary>
    /// Adds <see cref="AnalyticsContext"/> and the <c>NpgsqlDataSource</c> behind it from <c>ConnectionStrings:analytics</c>.
    /// Retries are left to the callers: a retried transaction that takes a lease must not run twice.
    /// </summary>
    public static void AddAnalyticsDatabase(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddNpgsqlDbContext<AnalyticsContext>(
            AnalyticsContext.ConnectionName,
            settings =>
            {
                // Readiness must not depend on the database (a short outage would restart every instance), and
                // telemetry is set up once, in ServiceDefaults.
                settings.DisableHealthChecks = true;
                settings.DisableTracing = true;
                settings.DisableMetrics = true;
                settings.DisableRetry = true;
            },
            Configure);
    }

    /// <summary>The conventions of the schema: snake_case.</summary>
    public static void Configure(DbContextOptionsBuilder options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.UseSnakeCaseNamingConvention();
    }
}
