using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Analytics.Registry.Database;

/// <summary>Brings the schema up to date; any number of processes may call it at once, one works, the others wait for it.</summary>
public static class DatabaseMigrator
{
    // Any constant will do; it only has to be the same in every process.
    private const long LockKey = 0x616e616c79746963; // "analytic"

    /// <summary>Creates the database where it does not exist, takes the lock, applies what is pending; returns the names applied.</summary>
    public static async Task<IReadOnlyList<string>> MigrateAsync(AnalyticsContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        await CreateDatabaseAsync(context, cancellationToken);

        // The lock belongs to this connection, so it is kept open around the migration and is gone with the process.
        await context.Database.OpenConnectionAsync(cancellationToken);
        try
        {
            await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({LockKey})", cancellationToken);
            try
            {
                var pending = (await context.Database.GetPendingMigrationsAsync(cancellationToken)).ToList();
                if (pending.Count > 0)
                {
                    await context.Database.MigrateAsync(cancellationToken);
                }

                return pending;
            }
            finally
            {
                await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock({LockKey})", CancellationToken.None);
            }
        }
        finally
        {
            await context.Database.CloseConnectionAsync();
        }
    }

    private static async Task CreateDatabaseAsync(AnalyticsContext context, CancellationToken cancellationToken)
    {
        var target = new NpgsqlConnectionStringBuilder(context.Database.GetConnectionString());
        if (string.IsNullOrEmpty(target.Database))
        {
            return;
        }

        try
        {
            await using var probe = new NpgsqlConnection(target.ConnectionString);
            await probe.OpenAsync(cancellationToken);
            return;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            // It does not exist yet: created below.
        }

        var name = target.Database;
        target.Database = "postgres";
        await using var maintenance = new NpgsqlConnection(target.ConnectionString);
        await maintenance.OpenAsync(cancellationToken);
        await using var create = maintenance.CreateCommand();
        create.CommandText = $"CREATE DATABASE \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        try
        {
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another process created it first; that is what we wanted.
        }
    }
}
