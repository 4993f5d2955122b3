using System.Diagnostics;
using System.Globalization;
using Analytics.Benchmarks.Load;

namespace Analytics.Benchmarks.Reload;

/// <summary>The run: full load, steady load, and then the publications under the same load.</summary>
internal sealed class ReloadRun(
    ScorerProcess scorer, Publisher publisher, IReadOnlyList<Publication> publications, IReadOnlyList<TrainedVariant[]> models)
{
    /// <summary>Half a second before and after a version's first answer: loading, the swap, and what it leaves to clean up.</summary>
    private static readonly TimeSpan Around = TimeSpan.FromSeconds(0.5);

    /// <summary>Left out at the start of the steady load: connections are made, and the database takes in what full load left behind.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LastVersion = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan MemoryInterval = TimeSpan.FromMilliseconds(100);

    private readonly List<(long At, long Bytes)> _memory = [];
    private readonly (string Model, int Row)[] _requests =
        [.. Enumerable.Range(0, models[0][0].Bodies.Count).SelectMany(row => models.Select(m => (m[0].Model, row)))];

    public async Task<ReloadFigures> MeasureAsync(
        TimeSpan fullLoad, double share, TimeSpan steady, TimeSpan time, CancellationToken cancellationToken)
    {
        var plan = new LoadPlan(scorer.Address, [.. _requests.Select(r => Request(r.Model, r.Row))]);
        await Console.Error.WriteLineAsync("warming up, then full load ...");
        await LoadGenerator.RunAsync(plan, fullLoad, cancellationToken);
        var full = LoadSummary.Of(await LoadGenerator.RunAsync(plan, fullLoad, cancellationToken)).PerSecond;

        var rate = Math.Floor(full * share);
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{full:N0} a second at most; going on with {rate:N0} ..."));
        var generator = LoadGenerator.Start(plan with { Rate = rate, KeepContents = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchMemoryAsync(stop.Token);
        try
        {
            await Task.Delay(Settling + steady, cancellationToken);
            await PublishAsync(time, cancellationToken);
            await Task.Delay(LastVersion, cancellationToken);
        }
        finally
        {
            await generator.StopAsync();
            await stop.CancelAsync();
            await watching;
        }

        return Evaluate(generator.Log, full, rate);
    }

    public static void WriteTable(ReloadFigures figures) => TextTable.Write(
        Console.Out,
        ["figure", "value"],
        figures.GetType().GetProperties().Select(p => new[]
        {
            p.Name, Convert.ToDouble(p.GetValue(figures), CultureInfo.InvariantCulture).ToString("#,0.##", CultureInfo.InvariantCulture),
        }));

    private IEnumerable<Publication> Published => publications.Skip(models.Count);

    private byte[] Request(string model, int row) =>
        LoadPlan.Post($"/models/{model}/predict", models.First(m => m[0].Model == model)[0].Bodies[row]);

    private async Task PublishAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var published = Published.ToList();
        var started = Stopwatch.GetTimestamp();
        var random = new Random(1);
        for (var i = 0; i < published.Count; i++)
        {
            // At any moment of the poll's interval, not always at the same.
            var due = (time * (i + random.NextDouble()) / published.Count) - Stopwatch.GetElapsedTime(started);
            await Task.Delay(due > TimeSpan.Zero ? due : TimeSpan.Zero, cancellationToken);
            await publisher.PublishAsync(published[i], cancellationToken);
        }
    }

    private async Task WatchMemoryAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            _memory.Add((Stopwatch.GetTimestamp(), scorer.Memory("VmRSS")));
            await Task.Delay(MemoryInterval, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private ReloadFigures Evaluate(LoadLog log, double full, double rate)
    {
        foreach (var refusal in log.Refusals)
        {
            Console.WriteLine(refusal);
        }

        var judge = new ReloadJudge(log, _requests, publications);
        var wrong = judge.CountWrong();
        foreach (var example in judge.Examples)
        {
            Console.WriteLine(example);
        }

        var whole = Published.Where(p => p.Fault is null).ToList();
        var firstAnswers = whole.Select(p => FirstAnswer(judge, p)).ToList();
        double[] served = [.. whole.Zip(firstAnswers).Select(p => ((p.Second ?? Replaced(log, p.First)) - log.Microseconds(p.First.At)) / 1e3).Order()];
        var (before, swaps, between) = Split(log, [.. firstAnswers.OfType<uint>()]);
        return new ReloadFigures
        {
            Publishes = Published.Count(),
            Broken = Published.Count(p => p.Fault is not null),
            Requests = log.Count + log.Broken,
            Failed = log.Failed + log.Broken,
            Wrong = wrong,
            Unserved = firstAnswers.Count(f => f is null),
            MedianServedMs = Statistics.Median(served),
            P95ServedMs = served[(int)Math.Ceiling(0.95 * served.Length) - 1],
            WorstServedMs = served[^1],
            FullPerSecond = full,
            RatePerSecond = rate,
            P99SteadyMs = LoadSummary.Quantile(before, 0.99) / 1e3,
            P99SwapMs = LoadSummary.Quantile(swaps, 0.99) / 1e3,
            P99BetweenMs = LoadSummary.Quantile(between, 0.99) / 1e3,
            WorstMs = Math.Max(before[^1], Math.Max(swaps[^1], between[^1])) / 1e3,
            RssAfter20Mb = MemoryAfter(20),
            RssAfter200Mb = MemoryAfter(200),
        };
    }

    private static uint? FirstAnswer(ReloadJudge judge, Publication publication) =>
        judge.FirstSeen[publication.Model].TryGetValue(publication.Version, out var seen) ? seen : null;

    // The least it can have taken.
    private uint Replaced(LoadLog log, Publication publication) =>
        publications.FirstOrDefault(p => p.Model == publication.Model && p.Version == publication.Version + 1) is { } next
            ? log.Microseconds(next.At)
            : log[log.Count - 1].End;

    private (uint[] Before, uint[] Swaps, uint[] Between) Split(LoadLog log, uint[] firstAnswers)
    {
        var publishing = log.Microseconds(Published.First().At);
        var around = (uint)Around.TotalMicroseconds;
        Array.Sort(firstAnswers);
        var groups = log.Answers().ToLookup(answer =>
        {
            if (answer.Due < publishing)
            {
                return answer.Due < Settling.TotalMicroseconds ? -1 : 0;
            }

            var next = Array.BinarySearch(firstAnswers, answer.Due);
            next = next < 0 ? ~next : next;
            return (next < firstAnswers.Length && firstAnswers[next] - answer.Due < around)
                || (next > 0 && answer.Due - firstAnswers[next - 1] < around) ? 1 : 2;
        });
        return (LoadSummary.Latencies(groups[0]), LoadSummary.Latencies(groups[1]), LoadSummary.Latencies(groups[2]));
    }

    // Until the next publication: the median, since the collector makes it go up and down.
    private double MemoryAfter(int publishes)
    {
        var published = Published.Take(publishes).Last();
        var end = Published.Skip(publishes).FirstOrDefault()?.At ?? long.MaxValue;
        return Statistics.Median(_memory.Where(m => m.At >= published.At && m.At < end).Select(m => m.Bytes / 1024.0 / 1024.0));
    }
}
