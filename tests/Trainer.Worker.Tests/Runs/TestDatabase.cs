using Analytics.Registry.Database;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Trainer.Worker.Tests.Runs;

/// <summary>A migrated database of a test's own.</summary>
internal static class TestDatabase
{
    public static async Task<DbContextOptions<AnalyticsContext>> CreateAsync(PostgresServer postgres)
    {
        var options = Options(await postgres.CreateDatabaseAsync());
        await using var context = new AnalyticsContext(options);
        await DatabaseMigrator.MigrateAsync(context, TestContext.Current.CancellationToken);
        return options;
    }

    public static string ConnectionString(DbContextOptions<AnalyticsContext> options)
    {
        using var context = new AnalyticsContext(options);
        return context.Database.GetConnectionString()!;
    }

    public static DbContextOptions<AnalyticsContext> Options(string connectionString)
    {
        var options = new DbContextOptionsBuilder<AnalyticsContext>();
        AnalyticsDatabase.Configure(options.UseNpgsql(connectionString));
        return options.Options;
    }
}
