using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Testing;
using Analytics.Trainer.Worker.Runs;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Analytics.Benchmarks.Queue;

/// <summary>
/// <c>queue [QUEUED] [FEW ENDED] [MANY ENDED]</c>: what it costs to claim a run, with a short and with a long history behind the queue.
/// </summary>
internal static class QueueCommand
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var queued = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000;
        int[] histories = [.. args.Skip(1).Select(a => int.Parse(a, CultureInfo.InvariantCulture)).DefaultIfEmpty(0)];
        histories = args.Length > 2 ? histories : [1_000, 100_000];
        await using var postgres = new PostgresServer { Durable = true };
        var figures = new List<Claims>();
        foreach (var ended in histories)
        {
            figures.Add(await MeasureAsync(postgres, queued, ended, cancellationToken));
        }

        TextTable.Write(
            Console.Out,
            ["ended runs", "queued", "claim, ms: median", "p99", "idle look, ms: median", "queueing, ms: median", "newest 50, ms", "index"],
            figures.Select(f => (string[])[
                Text(f.Ended, "N0"), Text(f.Queued, "N0"), Text(f.ClaimMs, "0.00"), Text(f.ClaimP99Ms, "0.00"), Text(f.IdleMs, "0.00"),
                Text(f.QueueMs, "0.00"), Text(f.ListMs, "0.00"), f.Index]));
        Console.WriteLine(JsonSerializer.Serialize(
            new { Queued = queued, Ratio = Math.Round(figures[^1].ClaimMs / figures[0].ClaimMs, 2), Histories = figures }, JsonSerializerOptions.Web));
    }

    private static async Task<Claims> MeasureAsync(PostgresServer postgres, int queued, int ended, CancellationToken cancellationToken)
    {
        var database = await BenchDatabase.CreateAsync(postgres, cancellationToken);
        var builder = new DbContextOptionsBuilder<AnalyticsContext>();
        AnalyticsDatabase.Configure(builder.UseNpgsql(database));
        var queue = new RunQueue(builder.Options);
        await FillAsync(database, ended, cancellationToken);
        var request = new RunRequest { Model = "iris", Dataset = "iris", Algorithm = "random-forest", RequestedBy = "bench" };
        // Warm: EF's model and the connection are made at the first call.
        await queue.EnqueueAsync(request, cancellationToken);
        await ClaimAsync(queue, cancellationToken);
        var queueing = new List<double>();
        for (var i = 0; i < queued; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await queue.EnqueueAsync(request, DuplicatePolicy.Allow, queued, cancellationToken);
            queueing.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        var index = await IndexAsync(database, cancellationToken);
        var claims = new List<double>();
        while (await ClaimAsync(queue, cancellationToken) is { } milliseconds)
        {
            claims.Add(milliseconds);
        }

        if (claims.Count != queued)
        {
            throw new InvalidOperationException($"{queued} runs were queued and {claims.Count} claimed.");
        }

        var idle = new List<double>();
        var lists = new List<double>();
        for (var i = 0; i < 200; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await queue.ClaimAsync("bench", Lease, 3, cancellationToken);
            idle.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            started = Stopwatch.GetTimestamp();
            await queue.ListAsync("iris", null, 50, cancellationToken);
            lists.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        claims.Sort();
        return new Claims(
            ended, queued, Statistics.Median(claims), claims[(int)(claims.Count * 0.99)], Statistics.Median(idle), Statistics.Median(queueing),
            Statistics.Median(lists), index);
    }

    // The claim alone is timed; the run is ended, so that the live rows get fewer and the history longer, as in life.
    private static async Task<double?> ClaimAsync(RunQueue queue, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var lease = await queue.ClaimAsync("bench", Lease, 3, cancellationToken);
        var milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        if (lease is null)
        {
            return null;
        }

        await queue.FailAsync(lease, "of the benchmark", cancellationToken);
        return milliseconds;
    }

    private static async Task FillAsync(string database, int ended, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(cancellationToken);
        await using var fill = new NpgsqlCommand(
            """
            INSERT INTO training_runs (id, model, dataset, algorithm, parameters, promote, requested_by, requested_at, state, attempt, progress,
                started_at, ended_at, error)
            SELECT gen_random_uuid(), 'iris', 'iris', 'random-forest', '{}', 'auto', 'bench', now() - interval '1 day' - n * interval '1 second',
                'failed', 1, 1, now() - interval '1 day', now() - interval '1 day', 'of the benchmark'
            FROM generate_series(1, $1) n
            """,
            connection);
        fill.Parameters.AddWithValue(ended);
        await fill.ExecuteNonQueryAsync(cancellationToken);
        await using var analyze = new NpgsqlCommand("VACUUM ANALYZE training_runs", connection);
        await analyze.ExecuteNonQueryAsync(cancellationToken);
    }

    // What PostgreSQL itself says it reads for the claim's search.
    private static async Task<string> IndexAsync(string database, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(cancellationToken);
        await using var explain = new NpgsqlCommand(
            """
            EXPLAIN SELECT id FROM training_runs
            WHERE state IN ('queued', 'running') AND (state = 'queued' OR lease_expires_at < now())
            ORDER BY requested_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
            """,
            connection);
        await using var reader = await explain.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var line = reader.GetString(0);
            if (line.Contains(" on training_runs", StringComparison.Ordinal))
            {
                return line.Split("->")[^1].Split("(cost")[0].Trim();
            }
        }

        return "?";
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>What was measured with a history of one length; times in milliseconds.</summary>
    private sealed record Claims(
        int Ended, int Queued, double ClaimMs, double ClaimP99Ms, double IdleMs, double QueueMs, double ListMs, string Index);
}
