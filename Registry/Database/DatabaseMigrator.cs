using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
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
        // The provider's own creator: it has the context's way of connecting, secret and certificates included.
        var creator = context.GetService<IRelationalDatabaseCreator>();
        if (await creator.ExistsAsync(cancellationToken))
        {
            return;
        }

        try
        {
            await creator.CreateAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another process created it first; that is what we wanted.
        }
    }
}
