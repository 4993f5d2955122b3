using System.Net.Sockets;
using Analytics.Registry.Store;
using Npgsql;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>Tells errors that pass by themselves (store or database away) from those that do not.</summary>
internal static class Outage
{
    /// <summary>True when the same call may succeed later without anybody changing anything.</summary>
    public static bool IsTransient(Exception error) => error switch
    {
        StoreException store => store.IsTransient,
        // EF Core wraps what PostgreSQL's driver calls transient.
        InvalidOperationException { InnerException: NpgsqlException or TimeoutException } wrapped => IsTransient(wrapped.InnerException!),
        PostgresException { SqlState: "57P01" or "57P02" or "57P03" } => true, // the server stops or starts
        // The password is being changed: the next connection reads the new one from the secret (Database:Secret).
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword } => true,
        NpgsqlException database => database.IsTransient || database.InnerException is IOException or SocketException or TimeoutException,
        TimeoutException or SocketException => true,
        _ => false,
    };

    /// <summary>What to log of an error: the cause, not the layers around it.</summary>
    public static string Reason(Exception error) =>
        error is InvalidOperationException { InnerException: { } inner } ? inner.Message : error.Message;
}
