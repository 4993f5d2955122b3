using Analytics.Testing;
using Npgsql;

namespace Analytics.Benchmarks.Http;

/// <summary>A PostgreSQL of the benchmark's own, with the product's schema. It writes through to the disk, as a real one does.</summary>
internal sealed class HistoryDatabase : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly PostgresServer _server;
    private readonly NpgsqlDataSource _source;

    private HistoryDatabase(PostgresServer server, string connectionString)
    {
        _server = server;
        ConnectionString = connectionString;
        _source = NpgsqlDataSource.Create(connectionString);
    }

    public string ConnectionString { get; }

    public static async Task<HistoryDatabase> StartAsync(CancellationToken cancellationToken)
    {
        var server = new PostgresServer { Durable = true };
        return new HistoryDatabase(server, await BenchDatabase.CreateAsync(server, cancellationToken));
    }

    /// <summary>The requests stored.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand("SELECT count(*) FROM requests");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Waits until the scorer has drained its journal: nothing comes any more.</summary>
    public async Task WaitUntilQuietAsync(CancellationToken cancellationToken)
    {
        for (long before = -1, now = await CountAsync(cancellationToken); now != before;)
        {
            await Task.Delay(Pause, cancellationToken);
            (before, now) = (now, await CountAsync(cancellationToken));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _server.DisposeAsync();
    }
}
