using Analytics.Registry.Database;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Analytics.Registry.Tests;

public sealed class DatabaseMigratorTests(PostgresServer postgres)
{
    [Fact]
    public async Task Migrate_EightProcessesAtOnce_OneAppliesTheOthersWait()
    {
        var database = await postgres.CreateDatabaseAsync();

        var applied = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var context = NewContext(database);
            return await DatabaseMigrator.MigrateAsync(context, TestContext.Current.CancellationToken);
        }));

        Assert.Single(applied, names => names.Count > 0);
    }

    [Fact]
    public async Task Migrate_DatabaseMissing_CreatesIt()
    {
        var existing = await postgres.CreateDatabaseAsync();
        var missing = new NpgsqlConnectionStringBuilder(existing) { Database = $"new_{Guid.NewGuid():N}" }.ConnectionString;

        await using var context = NewContext(missing);
        await DatabaseMigrator.MigrateAsync(context, TestContext.Current.CancellationToken);

        Assert.Empty(await context.TrainingRuns.ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Migrate_Schema_IsTheModelsSchema()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var context = NewContext(database);
        await DatabaseMigrator.MigrateAsync(context, TestContext.Current.CancellationToken);

        // The partitioned table is written by hand: this fails when it and the entity drift apart.
        Assert.False(context.Database.HasPendingModelChanges());
        context.Predictions.Add(new PredictionRecord
        {
            Id = Guid.CreateVersion7(),
            Time = DateTimeOffset.UnixEpoch,
            RequestId = Guid.CreateVersion7(),
            Row = 0,
            Model = "iris",
            Version = 1,
            Features = """{"a": null}""",
            Prediction = 2,
            Label = "virginica",
            Probabilities = [0.25f, 0.25f, 0.5f],
        });
        await context.SaveChangesAsync(TestContext.Current.CancellationToken);
        context.ChangeTracker.Clear();

        var stored = await context.Predictions.SingleAsync(TestContext.Current.CancellationToken);
        Assert.Equal([0.25f, 0.25f, 0.5f], stored.Probabilities!);
    }

    private static AnalyticsContext NewContext(string connectionString)
    {
        var options = new DbContextOptionsBuilder<AnalyticsContext>();
        AnalyticsDatabase.Configure(options.UseNpgsql(connectionString));
        return new AnalyticsContext(options.Options);
    }
}
