namespace Analytics.AppHost.Publishing.Telemetry;

/// <summary>
/// A metric as CloudWatch has it. The collector's and the agent's configuration and every alarm and graph are made from the same declaration:
/// an alarm that asks for another name, unit or set of dimensions than what is sent never fires.
/// </summary>
internal abstract record CloudWatchMetric
{
    /// <summary>The name in the namespace <see cref="CloudWatchMetrics.Namespace"/>.</summary>
    public required string Name { get; init; }

    /// <summary>CloudWatch's word for the unit: <c>Count</c>, <c>Seconds</c>, <c>Bytes</c>, <c>Percent</c>, <c>None</c>.</summary>
    public required string Unit { get; init; }

    /// <summary>The statistic that makes sense of a minute's values, of several instances too: <c>Sum</c>, <c>Maximum</c>, <c>p99</c>.</summary>
    public required string Statistic { get; init; }

    /// <summary>Whether a minute without a value means anything.</summary>
    public required MetricFlow Flow { get; init; }

    /// <summary>
    /// The sets of dimension names under which it is kept. The first is the fleet's, without a dimension of an instance: what alarms ask for.
    /// </summary>
    public required IReadOnlyList<IReadOnlyList<string>> Dimensions { get; init; }

    /// <summary>What it tells, in a sentence.</summary>
    public required string Description { get; init; }
}

/// <summary>A metric that a service measures; it comes over OTLP and the collector.</summary>
internal sealed record ServiceMetric : CloudWatchMetric
{
    /// <summary>The instrument's name in the service.</summary>
    public required string Instrument { get; init; }

    /// <summary>The services that have it, by the resource's name in the application model; none named: every one.</summary>
    public required IReadOnlyList<string> Services { get; init; }

    /// <summary>Whether the service has it.</summary>
    public bool IsOf(string service) => Services.Count == 0 || Services.Contains(service);
}

/// <summary>A metric of the machine; the CloudWatch agent measures it.</summary>
internal sealed record HostMetric : CloudWatchMetric
{
    /// <summary>The agent's plugin: <c>cpu</c>, <c>mem</c>, <c>disk</c>.</summary>
    public required string Plugin { get; init; }

    /// <summary>The plugin's measurement: <c>usage_active</c>.</summary>
    public required string Measurement { get; init; }
}

/// <summary>How a metric's values come.</summary>
internal enum MetricFlow
{
    /// <summary>Each minute while its source runs: missing values say that source, collector or agent is not there.</summary>
    Steady,

    /// <summary>Only when something has happened: missing values are good news.</summary>
    Sparse,
}
