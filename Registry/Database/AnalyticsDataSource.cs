using Analytics.Registry.Database.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Analytics.Registry.Database;

/// <summary>
/// The database for those who write SQL. The driver's data source is made at the first use: with a secret its user's name is needed
/// for it, and a service must be able to start while that cannot be read. Any number of threads.
/// </summary>
public sealed class AnalyticsDataSource(string connectionString, DatabaseSecret? secret, ILoggerFactory? loggers) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private NpgsqlDataSource? _source;

    /// <summary>The database of <c>ConnectionStrings:analytics</c>; null when it is not set.</summary>
    public static AnalyticsDataSource? From(IConfiguration configuration, ILoggerFactory? loggers)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var connection = configuration.GetConnectionString(AnalyticsContext.ConnectionName);
        return string.IsNullOrWhiteSpace(connection) ? null : new AnalyticsDataSource(connection, DatabaseSecret.From(configuration), loggers);
    }

    /// <summary>Opens a connection, which the caller disposes.</summary>
    /// <exception cref="NpgsqlException">The database is away or refuses, or its secret cannot be read.</exception>
    public async ValueTask<NpgsqlConnection> OpenConnectionAsync(CancellationToken cancellationToken)
    {
        var source = Volatile.Read(ref _source) ?? (secret is null ? Create() : await Task.Run(Create, cancellationToken));
        return await source.OpenConnectionAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_source is { } source)
        {
            await source.DisposeAsync();
        }

        secret?.Dispose();
    }

    private NpgsqlDataSource Create()
    {
        lock (_gate)
        {
            if (_source is { } made)
            {
                return made;
            }

            var builder = new NpgsqlDataSourceBuilder(connectionString).UseLoggerFactory(loggers);
            secret?.Use((NpgsqlDataSourceBuilder)builder);
            var source = builder.Build();
            Volatile.Write(ref _source, source);
            return source;
        }
    }
}
