using System.Globalization;
using System.Text.Json;
using Analytics.Benchmarks.Load;
using Analytics.Testing;

namespace Analytics.Benchmarks.Telemetry;

/// <summary>
/// <c>telemetry [ROUNDS [SECONDS]]</c>: what sending telemetry costs a scorer at full speed, and what a collector does to it that is absent, hangs, or is
/// killed in the middle: answers a second, the tail, memory, and how long the stop takes. The ways take turns, each with a process of its own.
/// </summary>
internal static class TelemetryCommand
{
    private const string Body = """{"features":[5.1,3.5,1.4,0.2]}""";

    private static readonly string[] Ways = ["none", "present", "absent", "hung", "killed"];

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 3;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10;
        using var store = new BenchStore();
        await store.PublishAsync("iris", "species", cancellationToken);
        await using var postgres = new PostgresServer { Durable = true };
        var database = await BenchDatabase.CreateAsync(postgres, cancellationToken);
        var measured = new List<TelemetryFigures>();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var way in round % 2 == 0 ? Ways : Ways.Reverse())
            {
                measured.Add(await MeasureAsync(way, store.Url, database, TimeSpan.FromSeconds(seconds), cancellationToken));
                await Console.Error.WriteLineAsync($"round {round + 1}: {measured[^1]}");
            }
        }

        var without = Median(measured, "none", f => f.PerSecond);
        var figures = Ways.Select(way => new
        {
            collector = way,
            answersPerSecond = Math.Round(Median(measured, way, f => f.PerSecond)),
            ratio = Math.Round(Median(measured, way, f => f.PerSecond) / without, 3),
            processorMicroseconds = Math.Round(Median(measured, way, f => f.ProcessorMicroseconds), 1),
            p99Ms = Math.Round(Median(measured, way, f => f.P99Ms), 2),
            residentMb = Math.Round(Median(measured, way, f => f.ResidentMb)),
            grownMb = Math.Round(Median(measured, way, f => f.GrownMb), 1),
            failed = measured.Where(f => f.Collector == way).Sum(f => f.Failed),
            stopSeconds = Math.Round(Median(measured, way, f => f.StopSeconds), 2),
        }).ToList();
        TextTable.Write(
            Console.Out,
            ["collector", "answers/s", "ratio", "µs of processor", "p99 ms", "resident MB", "grown MB", "not answered", "stop s"],
            figures.Select(f => new[]
            {
                f.collector, Text(f.answersPerSecond), Text(f.ratio), Text(f.processorMicroseconds), Text(f.p99Ms), Text(f.residentMb), Text(f.grownMb), Text(f.failed), Text(f.stopSeconds),
            }));
        Console.WriteLine(JsonSerializer.Serialize(new { rounds, seconds, figures }, JsonSerializerOptions.Web));
    }

    private static async Task<TelemetryFigures> MeasureAsync(string way, string store, string database, TimeSpan time, CancellationToken cancellationToken)
    {
        using var folder = new WorkFolder();
        await using var collector = await BenchCollector.StartAsync(way);
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings:analytics"] = database,
            ["Store:Url"] = store,
            ["Scorer:CacheFolder"] = folder.File("cache"),
            ["Scorer:StopDelay"] = "00:00:00",
            ["Journal:Folder"] = folder.File("journal"),
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Endpoint,
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
        };
        using var scorer = new ScorerProcess(settings, folder.File("scorer.log"));
        await scorer.StartAsync(cancellationToken);
        var plan = new LoadPlan(scorer.Address, [LoadPlan.Post("/predict", Body)]) { Connections = 16 };
        await LoadGenerator.RunAsync(plan, time / 2, cancellationToken);
        var (before, worked) = (scorer.Memory("VmRSS"), scorer.ProcessorTime());
        var running = LoadGenerator.RunAsync(plan, time, cancellationToken);
        await Task.Delay(time / 2, cancellationToken);
        await collector.InTheMiddleAsync();
        var log = await running;
        var after = scorer.Memory("VmRSS");
        worked = scorer.ProcessorTime() - worked;
        var summary = LoadSummary.Of(log);
        return new TelemetryFigures(
            way, summary.PerSecond, worked.TotalMicroseconds / log.Count, summary.P99Ms, after / 1e6, (after - before) / 1e6, summary.Failed + summary.Broken, (await scorer.StopAsync(cancellationToken)).TotalSeconds);
    }

    private static double Median(IEnumerable<TelemetryFigures> figures, string way, Func<TelemetryFigures, double> figure) =>
        Statistics.Median([.. figures.Where(f => f.Collector == way).Select(figure)]);

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}

/// <summary>One run.</summary>
/// <param name="Collector">What the collector did.</param>
/// <param name="PerSecond">Answers a second.</param>
/// <param name="ProcessorMicroseconds">Processor time of the scorer for an answer: what else the machine does hardly touches it.</param>
/// <param name="P99Ms">The latency that 1 % exceed.</param>
/// <param name="ResidentMb">Resident memory at the end.</param>
/// <param name="GrownMb">How much of it came after the warm-up.</param>
/// <param name="Failed">Requests without a good answer.</param>
/// <param name="StopSeconds">From SIGTERM to the process's end.</param>
internal sealed record TelemetryFigures(
    string Collector, double PerSecond, double ProcessorMicroseconds, double P99Ms, double ResidentMb, double GrownMb, long Failed, double StopSeconds);
