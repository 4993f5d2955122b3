using System.Diagnostics;
using Analytics.Benchmarks.Load;
using Analytics.Testing;
using Npgsql;

namespace Analytics.Benchmarks.Journal;

/// <summary>What the commands about the journal have in common: a store with iris, a PostgreSQL that writes through, and scorers before them.</summary>
internal sealed class JournalBench : IAsyncDisposable
{
    private const string Body = """{"features":[5.1,3.5,1.4,0.2]}""";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly WorkFolder _folder = new();
    private readonly BenchStore _store = new();

    private JournalBench()
    {
    }

    public PostgresServer Postgres { get; } = new() { Durable = true };

    /// <summary>The connection string of the history.</summary>
    public string Database { get; private set; } = "";

    public static async Task<JournalBench> StartAsync(CancellationToken cancellationToken)
    {
        var bench = new JournalBench();
        try
        {
            await bench._store.PublishAsync("iris", "species", cancellationToken);
            bench.Database = await BenchDatabase.CreateAsync(bench.Postgres, cancellationToken);
            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    /// <summary>A scorer that serves iris; further settings win.</summary>
    public ScorerProcess CreateScorer(params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["ConnectionStrings:analytics"] = Database,
            ["Store:Url"] = _store.Url,
            ["Scorer:DefaultModel"] = "iris",
            ["Scorer:CacheFolder"] = _folder.File("cache"),
            ["Journal:Folder"] = _folder.File("journal"),
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        return new ScorerProcess(all, _folder.File("scorer.log"));
    }

    public static LoadPlan Plan(ScorerProcess scorer) => new(scorer.Address, [LoadPlan.Post("/predict", Body)]);

    public static string RequestBody => Body;

    /// <summary>Opens a connection; they are many in a run, so that none outlives an outage.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(Database + ";Pooling=false;Command Timeout=0");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    /// <summary>Waits until no journal's position has moved for a time; returns when one moved last.</summary>
    public async Task<long> WaitUntilDrainedAsync(TimeSpan quiet, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT coalesce(string_agg(segment || ':' || position, ' ' ORDER BY journal_id), '') FROM journal_positions";
        var (last, moved) = ("", Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(moved) < quiet)
        {
            var now = (string)(await command.ExecuteScalarAsync(cancellationToken))!;
            if (now != last)
            {
                (last, moved) = (now, Stopwatch.GetTimestamp());
            }

            await Task.Delay(Pause, cancellationToken);
        }

        return moved;
    }

    public async ValueTask DisposeAsync()
    {
        await Postgres.DisposeAsync();
        _store.Dispose();
        _folder.Dispose();
    }
}
