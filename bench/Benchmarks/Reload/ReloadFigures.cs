namespace Analytics.Benchmarks.Reload;

/// <summary>The last line of the command. Latencies and times from the publication to the first answer, in milliseconds.</summary>
internal sealed record ReloadFigures
{
    public required int Publishes { get; init; }

    public required int Broken { get; init; }

    public required long Requests { get; init; }

    /// <summary>Answers that were not 200, and requests that were never answered.</summary>
    public required long Failed { get; init; }

    public required long Wrong { get; init; }

    /// <summary>Whole versions that were replaced before they answered.</summary>
    public required int Unserved { get; init; }

    public required double MedianServedMs { get; init; }

    public required double P95ServedMs { get; init; }

    public required double WorstServedMs { get; init; }

    public required double FullPerSecond { get; init; }

    public required double RatePerSecond { get; init; }

    public required double P99SteadyMs { get; init; }

    public required double P99SwapMs { get; init; }

    public required double P99BetweenMs { get; init; }

    public required double WorstMs { get; init; }

    public required double RssAfter20Mb { get; init; }

    public required double RssAfter200Mb { get; init; }
}
