using Analytics.Registry.Database;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using NpgsqlTypes;

namespace Analytics.Registry.Tests;

/// <summary>The history's tables as they become partitioned under a service of the version before.</summary>
public sealed class HistoryMigrationTests(PostgresServer postgres)
{
    private const string VersionBefore = "Initial";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Migrate_WithTheHistoryOfTheVersionBefore_KeepsItAndItsWriters()
    {
        await using var context = NewContext(await postgres.CreateDatabaseAsync());
        await context.GetService<IMigrator>().MigrateAsync(VersionBefore, Cancel);
        await WriteAsVersionBeforeAsync(context, 100);

        await context.GetService<IMigrator>().MigrateAsync(cancellationToken: Cancel);
        await WriteAsVersionBeforeAsync(context, 50);

        Assert.Equal(150, await context.Requests.CountAsync(Cancel));
        Assert.Equal(150, await context.Predictions.CountAsync(Cancel));
        Assert.False(context.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task Migrate_Back_KeepsTheRequests()
    {
        await using var context = NewContext(await postgres.CreateDatabaseAsync());
        await context.GetService<IMigrator>().MigrateAsync(cancellationToken: Cancel);
        await WriteAsVersionBeforeAsync(context, 30);

        await context.GetService<IMigrator>().MigrateAsync(VersionBefore, Cancel);
        await WriteAsVersionBeforeAsync(context, 20);

        Assert.Equal(50, await context.Requests.CountAsync(Cancel));
        Assert.Equal(50, await context.Predictions.CountAsync(Cancel));
    }

    // The statements of the scorer of the version before, to the letter.
    private static async Task WriteAsVersionBeforeAsync(AnalyticsContext context, int rows)
    {
        await using var connection = new NpgsqlConnection(context.Database.GetConnectionString());
        await connection.OpenAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        var time = new DateTime(2026, 3, 10, 12, 0, 0, DateTimeKind.Utc);
        var requests = Enumerable.Range(0, rows).Select(_ => Guid.CreateVersion7()).ToList();
        await using (var copy = await connection.BeginBinaryImportAsync(
            "COPY requests (id, time, route, status, rows, duration_ms, model, version, client, trace_id, error) FROM STDIN (FORMAT BINARY)", Cancel))
        {
            foreach (var id in requests)
            {
                await copy.StartRowAsync(Cancel);
                await copy.WriteAsync(id, NpgsqlDbType.Uuid, Cancel);
                await copy.WriteAsync(time, NpgsqlDbType.TimestampTz, Cancel);
                await copy.WriteAsync("/predict", NpgsqlDbType.Text, Cancel);
                await copy.WriteAsync(200, NpgsqlDbType.Integer, Cancel);
                await copy.WriteAsync(1, NpgsqlDbType.Integer, Cancel);
                await copy.WriteAsync(0.5, NpgsqlDbType.Double, Cancel);
                await copy.WriteAsync("iris", NpgsqlDbType.Text, Cancel);
                await copy.WriteAsync(1, NpgsqlDbType.Integer, Cancel);
                await copy.WriteAsync("shop", NpgsqlDbType.Text, Cancel);
                await copy.WriteNullAsync(Cancel);
                await copy.WriteNullAsync(Cancel);
            }

            await copy.CompleteAsync(Cancel);
        }

        await using (var copy = await connection.BeginBinaryImportAsync(
            "COPY predictions (id, time, request_id, row, model, version, features, prediction, label, probabilities) FROM STDIN (FORMAT BINARY)", Cancel))
        {
            foreach (var id in requests)
            {
                await copy.StartRowAsync(Cancel);
                await copy.WriteAsync(Guid.CreateVersion7(), NpgsqlDbType.Uuid, Cancel);
                await copy.WriteAsync(time, NpgsqlDbType.TimestampTz, Cancel);
                await copy.WriteAsync(id, NpgsqlDbType.Uuid, Cancel);
                await copy.WriteAsync(0, NpgsqlDbType.Integer, Cancel);
                await copy.WriteAsync("iris", NpgsqlDbType.Text, Cancel);
                await copy.WriteAsync(1, NpgsqlDbType.Integer, Cancel);
                await copy.WriteAsync("{}", NpgsqlDbType.Jsonb, Cancel);
                await copy.WriteAsync(0d, NpgsqlDbType.Double, Cancel);
                await copy.WriteAsync("setosa", NpgsqlDbType.Text, Cancel);
                await copy.WriteAsync((float[])[1f, 0f], NpgsqlDbType.Array | NpgsqlDbType.Real, Cancel);
            }

            await copy.CompleteAsync(Cancel);
        }

        await transaction.CommitAsync(Cancel);
        await using var contains = new NpgsqlCommand("SELECT EXISTS (SELECT 1 FROM requests WHERE id = $1)", connection);
        contains.Parameters.AddWithValue(requests[0]);
        Assert.True((bool)(await contains.ExecuteScalarAsync(Cancel))!);
    }

    private static AnalyticsContext NewContext(string connectionString)
    {
        var options = new DbContextOptionsBuilder<AnalyticsContext>();
        AnalyticsDatabase.Configure(options.UseNpgsql(connectionString));
        return new AnalyticsContext(options.Options);
    }
}
