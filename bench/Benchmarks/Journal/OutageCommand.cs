using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Analytics.Benchmarks.Load;

namespace Analytics.Benchmarks.Journal;

/// <summary>
/// <c>outage [SECONDS] [RATE] [SECONDS BEFORE]</c>: PostgreSQL is stopped under a steady load. The requests must not notice, the
/// scorer's memory must not grow, and everything must be in the database afterwards.
/// </summary>
internal static class OutageCommand
{
    private const double Mega = 1024 * 1024;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan MemoryInterval = TimeSpan.FromMilliseconds(200);

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var outage = TimeSpan.FromSeconds(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 600);
        var rate = args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 5_000;
        var before = TimeSpan.FromSeconds(args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 60);
        await using var bench = await JournalBench.StartAsync(cancellationToken);
        using var scorer = bench.CreateScorer();
        await scorer.StartAsync(cancellationToken);
        var memory = new List<(long At, long Bytes)>();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchMemoryAsync(scorer, memory, ended.Token);
        var generator = LoadGenerator.Start(JournalBench.Plan(scorer) with { Rate = rate });
        await Task.Delay(WarmUp, cancellationToken);
        var warm = Stopwatch.GetTimestamp();
        await Task.Delay(before, cancellationToken);
        var stopped = Stopwatch.GetTimestamp();
        await bench.Postgres.StopAsync();
        await Console.Error.WriteLineAsync($"PostgreSQL is stopped for {outage.TotalSeconds:0} s ...");
        await Task.Delay(outage, cancellationToken);
        var back = Stopwatch.GetTimestamp();
        await bench.Postgres.StartAsync();
        var log = await generator.StopAsync();
        var drained = await bench.WaitUntilDrainedAsync(Quiet, cancellationToken);
        await ended.CancelAsync();
        await watching;

        await using var connection = await bench.ConnectAsync(cancellationToken);
        var stored = await StoredPredictions.CompareAsync(log, connection, cancellationToken);
        var (rateBefore, p99Before) = Window(log, warm, stopped);
        var (rateDuring, p99During) = Window(log, stopped, back);
        var beforeMb = Statistics.Median(memory.Where(m => m.At >= warm && m.At < stopped).Select(m => m.Bytes / Mega));
        var peakMb = memory.Where(m => m.At >= stopped && m.At < back).Max(m => m.Bytes) / Mega;
        var drainMb = memory.Where(m => m.At >= back).Max(m => m.Bytes) / Mega;
        var figures = new
        {
            RateBefore = Math.Round(rateBefore),
            RateDuring = Math.Round(rateDuring),
            RssBeforeMb = Math.Round(beforeMb, 1),
            RssPeakMb = Math.Round(peakMb, 1),
            stored.Answered,
            stored.Stored,
            stored.Missing,
            stored.Duplicate,
            Failed = log.Failed + log.Broken,
            P99BeforeMs = p99Before,
            P99DuringMs = p99During,
            RssDrainPeakMb = Math.Round(drainMb, 1),
            DrainSeconds = Math.Round(Stopwatch.GetElapsedTime(back, drained).TotalSeconds, 1),
        };
        TextTable.Write(
            Console.Out,
            ["", "before", "during", "after"],
            [
                ["answers a second", Text(rateBefore, "N0"), Text(rateDuring, "N0"), ""],
                ["p99, ms", Text(p99Before, "0.00"), Text(p99During, "0.00"), ""],
                ["anonymous memory, MB", Text(beforeMb, "0"), $"{Text(peakMb, "0")} (peak)", $"{Text(drainMb, "0")} (peak)"],
                ["answered", "", "", Text(stored.Answered, "N0")],
                ["failed", "", "", Text(figures.Failed, "N0")],
                ["stored", "", "", Text(stored.Stored, "N0")],
                ["missing, duplicate", "", "", $"{stored.Missing}, {stored.Duplicate}"],
                ["drained after, s", "", "", Text(figures.DrainSeconds, "0.0")],
            ]);
        Console.WriteLine(JsonSerializer.Serialize(figures, JsonSerializerOptions.Web));
    }

    private static async Task WatchMemoryAsync(ScorerProcess scorer, List<(long At, long Bytes)> memory, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            memory.Add((Stopwatch.GetTimestamp(), scorer.Memory("RssAnon")));
            await Task.Delay(MemoryInterval, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static (double PerSecond, double P99Ms) Window(LoadLog log, long from, long to)
    {
        var (start, end) = (log.Microseconds(from), log.Microseconds(to));
        var answers = log.Answers().Where(a => a.Status == 200 && a.Due >= start && a.Due < end).ToList();
        return (answers.Count / ((end - start) / 1e6), LoadSummary.Quantile(LoadSummary.Latencies(answers), 0.99) / 1e3);
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
