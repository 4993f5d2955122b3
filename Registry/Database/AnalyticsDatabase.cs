using Analytics.Registry.Database.Secrets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;

namespace Analytics.Registry.Database;

/// <summary>How the services reach the database.</summary>
public static class AnalyticsDatabase
{
    /// <summary>
    /// Adds <see cref="AnalyticsContext"/> and the <c>NpgsqlDataSource</c> behind it from <c>ConnectionStrings:analytics</c>, with
    /// name and password from <c>Database:Secret</c> where that is set.
    /// Retries are left to the callers: a retried transaction that takes a lease must not run twice.
    /// </summary>
    public static void AddAnalyticsDatabase(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var secret = DatabaseSecret.From(builder.Configuration);
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
            options =>
            {
                Configure(options);
                if (secret is not null)
                {
                    new NpgsqlDbContextOptionsBuilder(options).ConfigureDataSource(secret.Use);
                }
            });
    }

    /// <summary>The conventions of the schema: snake_case.</summary>
    public static void Configure(DbContextOptionsBuilder options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.UseSnakeCaseNamingConvention();
    }
}
