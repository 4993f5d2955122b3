using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Analytics.Benchmarks.Http;
using Analytics.Benchmarks.Load;

namespace Analytics.Benchmarks.Journal;

/// <summary>
/// <c>journal [ROUNDS] [SECONDS]</c>: what the journal costs. Requests a second without a history, with the journal while PostgreSQL is
/// away, and with everything on this machine; then how fast what gathered is drained, and <c>psql \copy</c> of the same rows.
/// </summary>
internal static class JournalCommand
{
    private const int WarmUpSeconds = 3;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 8;
        await using var bench = await JournalBench.StartAsync(cancellationToken);
        List<double> without = [], away = [], all = [];
        List<DrainFigures> drains = [];
        for (var round = 0; round < rounds; round++)
        {
            await Console.Error.WriteLineAsync($"round {round + 1} of {rounds} ...");
            without.Add(await MeasureAsync(bench, seconds, cancellationToken, ("Journal:Sink", "None")));
            all.Add(await MeasureAsync(bench, seconds, cancellationToken));
            var (rate, drain) = await MeasureAwayAsync(bench, seconds, cancellationToken);
            away.Add(rate);
            drains.Add(drain);
        }

        var figures = new
        {
            With = Math.Round(Statistics.Median(all)),
            Without = Math.Round(Statistics.Median(without)),
            DrainRowsPerSecond = Math.Round(Statistics.Median(drains.Select(d => d.RowsPerSecond))),
            CopyRowsPerSecond = Math.Round(Statistics.Median(drains.Select(d => d.CopyRowsPerSecond))),
            WithDatabaseAway = Math.Round(Statistics.Median(away)),
            WithShare = Math.Round(Statistics.Median(all.Zip(without, (w, o) => w / o)), 3),
            AwayShare = Math.Round(Statistics.Median(away.Zip(without, (w, o) => w / o)), 3),
            DrainShare = Math.Round(Statistics.Median(drains.Select(d => d.RowsPerSecond / d.CopyRowsPerSecond)), 3),
        };
        TextTable.Write(
            Console.Out,
            ["", "a second", "share"],
            [
                ["requests, no history", Text(figures.Without), ""],
                ["requests, journal, PostgreSQL away", Text(figures.WithDatabaseAway), Share(figures.AwayShare)],
                ["requests, journal, drained into PostgreSQL on the same processors", Text(figures.With), Share(figures.WithShare)],
                ["rows drained", Text(figures.DrainRowsPerSecond), Share(figures.DrainShare)],
                ["rows of psql \\copy", Text(figures.CopyRowsPerSecond), ""],
            ]);
        Console.WriteLine(JsonSerializer.Serialize(figures, JsonSerializerOptions.Web));
    }

    private static async Task<double> MeasureAsync(
        JournalBench bench, int seconds, CancellationToken cancellationToken, params (string, string)[] settings)
    {
        using var scorer = bench.CreateScorer(settings);
        await scorer.StartAsync(cancellationToken);
        await LoadAsync(scorer, WarmUpSeconds, cancellationToken);
        var rate = await LoadAsync(scorer, seconds, cancellationToken);
        await bench.WaitUntilDrainedAsync(Quiet, cancellationToken);
        return rate;
    }

    private static async Task<(double Rate, DrainFigures Drain)> MeasureAwayAsync(
        JournalBench bench, int seconds, CancellationToken cancellationToken)
    {
        using var scorer = bench.CreateScorer(("Journal:MaxRetryDelay", "00:00:00.100"));
        await scorer.StartAsync(cancellationToken);
        await LoadAsync(scorer, WarmUpSeconds, cancellationToken);
        await bench.WaitUntilDrainedAsync(Quiet, cancellationToken);
        var tables = new HistoryTables(bench);
        await tables.EmptyAsync(cancellationToken);
        await bench.Postgres.StopAsync();
        var rate = await LoadAsync(scorer, seconds, cancellationToken);
        await bench.Postgres.StartAsync();
        var started = Stopwatch.GetTimestamp();
        var drained = await bench.WaitUntilDrainedAsync(Quiet, cancellationToken);
        var rows = await tables.CountAsync(cancellationToken);
        var copied = await tables.CopyAgainAsync(cancellationToken);
        return (rate, new DrainFigures(
            rows / Stopwatch.GetElapsedTime(started, drained).TotalSeconds, rows / copied.TotalSeconds));
    }

    private static async Task<double> LoadAsync(ScorerProcess scorer, int seconds, CancellationToken cancellationToken)
    {
        var result = await Wrk.RunAsync(
            $"http://{scorer.Address}/predict", JournalBench.RequestBody, ScorerProcess.Key, seconds, cancellationToken);
        return result.Errors == 0 ? result.RequestsPerSecond : throw new InvalidOperationException($"{result.Errors} requests failed.");
    }

    private static string Text(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Share(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private sealed record DrainFigures(double RowsPerSecond, double CopyRowsPerSecond);
}
