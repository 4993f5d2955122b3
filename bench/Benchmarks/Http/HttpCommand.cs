using System.Globalization;

namespace Analytics.Benchmarks.Http;

/// <summary>
/// <c>http [ROUNDS [SECONDS]]</c>: single rows of iris over HTTP, every target in turns on the same processors, and batches
/// against scikit-learn in its own process. Each target runs alone: the others are stopped while it is measured.
/// </summary>
internal static class HttpCommand
{
    private const string Body = """{"features":[5.1,3.5,1.4,0.2]}""";
    private const int WarmUpSeconds = 3;

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 6;
        using var store = new BenchStore();
        using var cache = new WorkFolder();
        await store.PublishAsync("iris", "species", cancellationToken);
        await using var history = await HistoryDatabase.StartAsync(cancellationToken);
        using var collector = await ServerProcess.StartAsync(
            HttpTarget.Peer(WebPeers.Collector, "none").Start, "/health", cancellationToken);
        HttpTarget[] targets =
        [
            HttpTarget.Peer(WebPeers.BareKestrel, "none"),
            HttpTarget.Scorer("scorer", store, cache.Path, null, collector.Url),
            HttpTarget.Scorer("scorer-postgres", store, cache.Path, history.ConnectionString, collector.Url),
            HttpTarget.Peer(WebPeers.MlNetPool, "mlnet"),
            HttpTarget.Flask(),
        ];

        var measured = targets.ToDictionary(t => t.Name, _ => new List<Measurement>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var target in targets)
            {
                await Console.Error.WriteLineAsync($"round {round + 1}: {target.Name} ...");
                measured[target.Name].Add(await MeasureAsync(target, history, seconds, cancellationToken));
            }
        }

        var bare = measured[WebPeers.BareKestrel];
        List<HttpFigures> figures = [.. targets.Select(t => Summarize(t, measured[t.Name], bare))];
        figures.AddRange(await BatchMeasurement.RunAsync(store, cache.Path, collector.Url, rounds, cancellationToken));
        Print(figures);
        Console.WriteLine(HttpFigures.ToJson(figures));
    }

    private static async Task<Measurement> MeasureAsync(
        HttpTarget target, HistoryDatabase history, int seconds, CancellationToken cancellationToken)
    {
        using var server = await ServerProcess.StartAsync(target.Start, target.ReadyPath, cancellationToken);
        var url = $"{server.Url}/predict";
        await Wrk.RunAsync(url, Body, target.ApiKey, WarmUpSeconds, cancellationToken);
        if (target.Name != "scorer-postgres")
        {
            return new Measurement(await Wrk.RunAsync(url, Body, target.ApiKey, seconds, cancellationToken), null, null);
        }

        await history.WaitUntilQuietAsync(cancellationToken);
        var before = await history.CountAsync(cancellationToken);
        var result = await Wrk.RunAsync(url, Body, target.ApiKey, seconds, cancellationToken);
        var backlog = result.Requests - (await history.CountAsync(cancellationToken) - before);
        await history.WaitUntilQuietAsync(cancellationToken);
        var missing = result.Requests - (await history.CountAsync(cancellationToken) - before);
        // wrk leaves sixteen requests at its end that were answered and that it does not count.
        return new Measurement(result, Math.Max(0, backlog), Math.Max(0, missing));
    }

    private static HttpFigures Summarize(HttpTarget target, List<Measurement> rounds, List<Measurement> bare) =>
        new(target.Name, target.Engine)
        {
            RequestsPerSecond = Math.Round(rounds.Median(m => m.Load.RequestsPerSecond)),
            P50Ms = rounds.Median(m => m.Load.P50Ms),
            P99Ms = rounds.Median(m => m.Load.P99Ms),
            Errors = rounds.Sum(m => m.Load.Errors),
            OfBare = Math.Round(
                Statistics.Median(rounds.Zip(bare, (m, b) => m.Load.RequestsPerSecond / b.Load.RequestsPerSecond)), 3),
            Backlog = rounds.Max(m => m.Backlog),
            Missing = rounds.Max(m => m.Missing),
        };

    private static void Print(List<HttpFigures> figures)
    {
        TextTable.Write(
            Console.Out,
            ["target", "engine", "requests/s", "of bare", "p50, ms", "p99, ms", "errors", "backlog", "missing"],
            figures.Where(f => f.RequestsPerSecond is not null).Select(f => new[]
            {
                f.Target, f.Engine, Text(f.RequestsPerSecond, "N0"), Text(f.OfBare, "0.00"), Text(f.P50Ms, "0.00"),
                Text(f.P99Ms, "0.00"), Text(f.Errors, "N0"), Text(f.Backlog, "N0"), Text(f.Missing, "N0"),
            }));
        Console.WriteLine();
        TextTable.Write(
            Console.Out,
            ["target", "engine", "format", "rows", "rows/s"],
            figures.Where(f => f.RowsPerSecond is not null).Select(f => new[]
            {
                f.Target, f.Engine, f.Format!, Text(f.Rows, "N0"), Text(f.RowsPerSecond, "N0"),
            }));
    }

    private static double Median(this List<Measurement> rounds, Func<Measurement, double> figure) => Statistics.Median(rounds.Select(figure));

    private static string Text(IFormattable? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private sealed record Measurement(WrkResult Load, long? Backlog, long? Missing);
}
