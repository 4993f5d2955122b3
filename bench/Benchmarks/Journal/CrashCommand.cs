using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Analytics.Benchmarks.Load;

namespace Analytics.Benchmarks.Journal;

/// <summary>
/// <c>crash [KILLS] [LONGEST OUTAGE SECONDS] [SEED]</c>: load at full speed on a scorer that is killed at random moments (SIGKILL),
/// while PostgreSQL goes and comes back. In the end every answered id must be in the database once.
/// </summary>
internal static class CrashCommand
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var kills = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20;
        var outage = args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 60;
        var seed = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : Environment.TickCount;
        Console.WriteLine($"{kills} kills, outages of at most {outage} s, seed {seed}");

        await using var bench = await JournalBench.StartAsync(cancellationToken);
        using var scorer = bench.CreateScorer();
        await scorer.StartAsync(cancellationToken);
        var generator = LoadGenerator.Start(JournalBench.Plan(scorer));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var outages = InterruptAsync(bench, outage, new Random(seed + 1), ended.Token);
        try
        {
            await KillAsync(scorer, kills, new Random(seed), cancellationToken);
        }
        finally
        {
            await ended.CancelAsync();
            await generator.StopAsync();
        }

        var lengths = await outages;
        await bench.Postgres.StartAsync();
        var started = Stopwatch.GetTimestamp();
        var drained = await bench.WaitUntilDrainedAsync(Quiet, cancellationToken);
        await using var connection = await bench.ConnectAsync(cancellationToken);
        var log = generator.Log;
        var stored = await StoredPredictions.CompareAsync(log, connection, cancellationToken);
        var summary = LoadSummary.Of(log);
        // A starting scorer answers 503 until its first model is loaded; anything else is worth a look.
        var refused = log.Answers().Where(a => a.Status != 200).GroupBy(a => a.Status).OrderBy(g => g.Key).ToDictionary(g => g.Key, g => g.LongCount());
        TextTable.Write(
            Console.Out,
            ["figure", "value"],
            [
                ["kills", Text(kills)],
                ["outages of PostgreSQL, s", string.Join(", ", lengths.Select(l => l.ToString("0", CultureInfo.InvariantCulture)))],
                ["answered", Text(stored.Answered)],
                ["refused, by status", string.Join(", ", refused.Select(r => $"{r.Key}: {Text(r.Value)}"))],
                ["cut off by a kill", Text(log.Broken)],
                ["answers a second, kills included", Text((long)summary.PerSecond)],
                ["stored", Text(stored.Stored)],
                ["missing", Text(stored.Missing)],
                ["duplicate", Text(stored.Duplicate)],
                ["drained after the end, s", Text((long)Stopwatch.GetElapsedTime(started, drained).TotalSeconds)],
            ]);
        Console.WriteLine(JsonSerializer.Serialize(
            new { kills, stored.Answered, stored.Stored, stored.Missing, stored.Duplicate, Refused = refused, Outages = lengths.Count },
            JsonSerializerOptions.Web));
    }

    private static async Task KillAsync(ScorerProcess scorer, int kills, Random random, CancellationToken cancellationToken)
    {
        for (var kill = 0; kill < kills; kill++)
        {
            await Task.Delay(TimeSpan.FromSeconds(0.5 + (6 * random.NextDouble())), cancellationToken);
            scorer.Kill();
            await Console.Error.WriteLineAsync($"kill {kill + 1} of {kills}");
            await scorer.StartAsync(cancellationToken);
        }

        await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
    }

    private static async Task<List<double>> InterruptAsync(JournalBench bench, double longest, Random random, CancellationToken ended)
    {
        var lengths = new List<double>();
        try
        {
            while (longest > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(2 + (10 * random.NextDouble())), ended);
                var length = longest * (0.1 + (0.9 * random.NextDouble()));
                await Console.Error.WriteLineAsync($"PostgreSQL stops for {length:0} s");
                await bench.Postgres.StopAsync();
                var stopped = Stopwatch.GetTimestamp();
                try
                {
                    await Task.Delay(TimeSpan.FromSeconds(length), ended);
                }
                finally
                {
                    lengths.Add(Stopwatch.GetElapsedTime(stopped).TotalSeconds);
                }

                await bench.Postgres.StartAsync();
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The run is over; the caller starts the server again.
        }

        return lengths;
    }

    private static string Text(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
