using Analytics.Registry.Database;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Benchmarks;

/// <summary>Databases with the product's schema.</summary>
internal static class BenchDatabase
{
    /// <summary>Creates one on the server and returns its connection string.</summary>
    public static async Task<string> CreateAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var database = await server.CreateDatabaseAsync();
        var options = new DbContextOptionsBuilder<AnalyticsContext>();
        AnalyticsDatabase.Configure(options.UseNpgsql(database));
        await using var context = new AnalyticsContext(options.Options);
        await DatabaseMigrator.MigrateAsync(context, cancellationToken);
        return database;
    }
}
