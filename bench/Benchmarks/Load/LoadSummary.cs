namespace Analytics.Benchmarks.Load;

/// <summary>A run, or a part of one, in numbers. Latencies count from when a request was due.</summary>
/// <param name="Answered">Answers with status 200.</param>
/// <param name="Failed">Answers with another status.</param>
/// <param name="Broken">Requests that were sent and never answered.</param>
/// <param name="PerSecond">Answers a second from the first one's start to the last one's end.</param>
/// <param name="P50Ms">Median latency.</param>
/// <param name="P99Ms">99th percentile of the latencies.</param>
/// <param name="WorstMs">The longest latency.</param>
internal sealed record LoadSummary(
    long Answered, long Failed, long Broken, double PerSecond, double P50Ms, double P99Ms, double WorstMs)
{
    public static LoadSummary Of(LoadLog log)
    {
        ArgumentOutOfRangeException.ThrowIfZero(log.Count);
        var latencies = Latencies(log.Answers());
        var first = log.Answers().Min(a => a.Due);
        return new LoadSummary(
            log.Count - log.Failed,
            log.Failed,
            log.Broken,
            log.Count / ((log[log.Count - 1].End - first) / 1e6),
            Quantile(latencies, 0.5) / 1e3,
            Quantile(latencies, 0.99) / 1e3,
            latencies[^1] / 1e3);
    }

    /// <summary>When each version of a model answered first (microseconds of the run), among the requests given.</summary>
    public static Dictionary<int, uint> FirstSeen(LoadLog log, Func<int, bool> isOfModel)
    {
        var first = new Dictionary<int, uint>();
        foreach (var answer in log.Answers())
        {
            if (answer.Version > 0 && isOfModel(answer.Request))
            {
                first.TryAdd(answer.Version, answer.End);
            }
        }

        return first;
    }

    /// <summary>Latencies in microseconds, ascending.</summary>
    public static uint[] Latencies(IEnumerable<LoadAnswer> answers)
    {
        uint[] latencies = [.. answers.Select(a => a.Latency)];
        Array.Sort(latencies);
        return latencies;
    }

    /// <summary>The smallest value that so large a share of the values does not exceed.</summary>
    public static uint Quantile(uint[] ascending, double share) =>
        ascending[Math.Max(0, (int)Math.Ceiling(share * ascending.Length) - 1)];
}
