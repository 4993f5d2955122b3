using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Analytics.Benchmarks.Load;
using Analytics.Registry.Models;
using Analytics.Testing;

namespace Analytics.Benchmarks.Shadow;

/// <summary>
/// <c>shadow [ROUNDS [SECONDS [RATE]]]</c>: what a challenger costs the answers (p99 with it and without, in turns, at a rate that leaves
/// processors free), whether a canary's share is what was set and its keys keep their side, and how soon a roll-back is everywhere.
/// </summary>
internal static class ShadowCommand
{
    private const string Body = """{"features":[5.1,3.5,1.4,0.2]}""";
    private const int Keys = 100_000;
    private const double Share = 10;
    private const int RollBacks = 10;

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        var rate = args.Length > 2 ? double.Parse(args[2], CultureInfo.InvariantCulture) : 500;
        using var folder = new WorkFolder();
        using var store = new BenchStore();
        await store.PublishAsync("iris", "species", cancellationToken);
        await store.CommitAsync("iris", "species", 2, 2, cancellationToken);
        await using var postgres = new PostgresServer { Durable = true };
        var database = await BenchDatabase.CreateAsync(postgres, cancellationToken);
        using var first = Scorer(store, database, folder, "first");
        using var second = Scorer(store, database, folder, "second");
        await first.StartAsync(cancellationToken);

        var latencies = await MeasureLatencyAsync(store, first, rounds, TimeSpan.FromSeconds(seconds), rate, cancellationToken);
        var (share, strayed) = await MeasureShareAsync(store, first, cancellationToken);
        await second.StartAsync(cancellationToken);
        var rollBack = await MeasureRollBackAsync(store, [first, second], cancellationToken);

        var figures = new
        {
            rounds,
            rate,
            p99OffMs = Round(latencies.Off),
            p99OnMs = Round(latencies.On),
            ratio = Round(latencies.On / latencies.Off),
            keys = Keys,
            shareSet = Share,
            shareFound = Round(share),
            keysOnBothSides = strayed,
            scorers = 2,
            rollBackMs = Math.Round(rollBack.Max()),
        };
        TextTable.Write(
            Console.Out,
            ["figure", "value"],
            JsonSerializer.SerializeToNode(figures, JsonSerializerOptions.Web)!.AsObject().Select(f => new[] { f.Key, f.Value!.ToString() }));
        Console.WriteLine(JsonSerializer.Serialize(figures, JsonSerializerOptions.Web));
    }

    private static ScorerProcess Scorer(BenchStore store, string database, WorkFolder folder, string name) => new(
        new Dictionary<string, string>
        {
            ["ConnectionStrings:analytics"] = database,
            ["Store:Url"] = store.Url,
            ["Scorer:DefaultModel"] = "iris",
            ["Scorer:CacheFolder"] = folder.File($"{name}-cache"),
            ["Journal:Folder"] = folder.File($"{name}-journal"),
        },
        folder.File($"{name}.log"));

    private static async Task<(double Off, double On)> MeasureLatencyAsync(
        BenchStore store, ScorerProcess scorer, int rounds, TimeSpan time, double rate, CancellationToken cancellationToken)
    {
        var plan = new LoadPlan(scorer.Address, [LoadPlan.Post("/predict", Body)]) { Rate = rate, Connections = 8 };
        await LoadGenerator.RunAsync(plan, time, cancellationToken);
        var (off, on) = (new List<LoadLog>(), new List<LoadLog>());
        for (var round = 0; round < rounds; round++)
        {
            // Without, with, with, without: what the machine does beside it falls on both.
            foreach (var challenged in round % 2 == 0 ? new[] { false, true } : [true, false])
            {
                // The champion's own version is no challenger.
                await SetAsync(
                    store, scorer, challenged ? 2 : 1, null, found => (int?)found?["version"] == (challenged ? 2 : null), cancellationToken);
                var log = await LoadGenerator.RunAsync(plan, time, cancellationToken);
                if (log.Failed + log.Broken > 0)
                {
                    throw new InvalidOperationException($"Not everything was answered: {LoadSummary.Of(log)}.\n{scorer.LastLines()}");
                }

                (challenged ? on : off).Add(log);
                await Console.Error.WriteLineAsync(
                    $"round {round + 1}: p99 {LoadSummary.Of(log).P99Ms:0.000} ms {(challenged ? "with" : "without")} a challenger");
            }
        }

        return (P99(off), P99(on));
    }

    // Of all rounds together: a single one has some dozens of answers beyond it.
    private static double P99(IEnumerable<LoadLog> logs) =>
        LoadSummary.Quantile(LoadSummary.Latencies(logs.SelectMany(l => l.Answers())), 0.99) / 1e3;

    private static async Task<(double Share, int Strayed)> MeasureShareAsync(
        BenchStore store, ScorerProcess scorer, CancellationToken cancellationToken)
    {
        await SetAsync(store, scorer, 2, Share, found => (int?)found?["version"] == 2 && (double?)found["share"] == Share, cancellationToken);
        var (taken, strayed) = (0, 0);
        const int half = Keys / 2;
        for (var start = 0; start < Keys; start += half)
        {
            var plan = new LoadPlan(scorer.Address, [.. Enumerable.Range(start, half).Select(WithKey)]) { Connections = 16 };
            var generator = LoadGenerator.Start(plan);
            // Every key twice.
            while (generator.Log.Count < 2 * half)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
            }

            var sides = (await generator.StopAsync()).Answers().GroupBy(a => a.Request, a => a.Version).ToList();
            strayed += sides.Count(s => s.Distinct().Count() > 1);
            taken += sides.Count(s => s.First() == 2);
        }

        return (100.0 * taken / Keys, strayed);
    }

    private static async Task<List<double>> MeasureRollBackAsync(
        BenchStore store, IReadOnlyList<ScorerProcess> scorers, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        for (var i = 0; i < RollBacks; i++)
        {
            await store.SetAliasAsync("iris", AliasName.Challenger, 2, 50, cancellationToken);
            // A key at the very beginning of the challenger's side.
            await Task.WhenAll(scorers.Select(s => AnsweredByAsync(s, 2, cancellationToken)));
            var watch = Stopwatch.StartNew();
            await store.SetAliasAsync("iris", AliasName.Challenger, 2, 0, cancellationToken);
            await Task.WhenAll(scorers.Select(s => AnsweredByAsync(s, 1, cancellationToken)));
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        return times;
    }

    // "alice" is taken from 49.02 % on (docs/challenger.md).
    private static async Task AnsweredByAsync(ScorerProcess scorer, int version, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/predict", UriKind.Relative));
            request.Headers.Add("X-Routing-Key", "alice");
            request.Content = new StringContent(Body, Encoding.UTF8, "application/json");
            using var answer = await scorer.Client.SendAsync(request, cancellationToken);
            if ((int?)(await answer.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))!["version"] == version)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
        }
    }

    private static async Task SetAsync(
        BenchStore store, ScorerProcess scorer, int version, double? share, Func<JsonNode?, bool> isThere, CancellationToken cancellationToken)
    {
        await store.SetAliasAsync("iris", AliasName.Challenger, version, share, cancellationToken);
        while (true)
        {
            var model = await scorer.Client.GetFromJsonAsync<JsonObject>(new Uri("/models/iris", UriKind.Relative), cancellationToken);
            if (model!["model"]!["challenger"] is { } found && (int?)found["wanted"] == version && isThere(found))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    private static byte[] WithKey(int key) => Encoding.UTF8.GetBytes(
        Encoding.UTF8.GetString(LoadPlan.Post("/predict", Body)).Replace(
            "\r\nContent-Type:", $"\r\nX-Routing-Key: customer-{key}\r\nContent-Type:", StringComparison.Ordinal));

    private static double Round(double value) => Math.Round(value, 3);
}
