namespace Analytics.AppHost.Publishing.Telemetry;

/// <summary>The metrics that go to CloudWatch. Others stay on the machine: each name and set of dimensions there costs by the month.</summary>
internal static class CloudWatchMetrics
{
    /// <summary>CloudWatch's namespace of all of them.</summary>
    public const string Namespace = "Analytics";

    /// <summary>The dimension with a service's name: <c>scorer</c>, <c>trainer</c>.</summary>
    public const string ServiceDimension = "Service";

    /// <summary>The dimension with the Auto Scaling Group's name, of the machines' metrics.</summary>
    public const string GroupDimension = "AutoScalingGroupName";

    private const string Scorer = "scorer";
    private const string Trainer = "trainer";

    /// <summary>Requests answered with 5xx, health checks left out.</summary>
    public static ServiceMetric ServerErrors { get; } = Of("analytics.http.server.errors", "Count", "Sum", [], []) with
    {
        Name = "HTTP5xxErrors",
        Description = "Requests answered with 5xx; 0 in a good minute.",
    };

    /// <summary>Time to answer a request; its sample count is the number of requests.</summary>
    public static ServiceMetric RequestDuration { get; } =
        Of("http.server.request.duration", "Seconds", "p99", [], ["http.route"], MetricFlow.Sparse) with
        {
            Description = "Time to answer a request; the sample count is the number of requests.",
        };

    public static ServiceMetric Predictions { get; } =
        Of("analytics.scorer.predictions", "Count", "Sum", [Scorer], ["model", "version"], MetricFlow.Sparse) with
        {
            Description = "Rows scored and answered.",
        };

    public static ServiceMetric ScoreDuration { get; } =
        Of("analytics.scorer.score.duration", "Seconds", "p99", [Scorer], ["model", "version"], MetricFlow.Sparse) with
        {
            Description = "Time to score a request's rows.",
        };

    /// <summary>Versions loaded, or not: dimension <c>outcome</c> is <c>loaded</c> or <c>failed</c>.</summary>
    public static ServiceMetric ModelLoads { get; } =
        Of("analytics.scorer.model.loads", "Count", "Sum", [Scorer], ["outcome"], MetricFlow.Sparse) with
        {
            Description = "Versions loaded, or not, by outcome.",
        };

    public static ServiceMetric ModelVersion { get; } = Of("analytics.scorer.model.version", "None", "Minimum", [Scorer], []) with
    {
        // Of all models together it would say nothing.
        Dimensions = [[ServiceDimension, "model", "alias"]],
        Description = "The version that serves; minimum and maximum differ while a fleet changes over.",
    };

    public static ServiceMetric ModelAge { get; } = Of("analytics.scorer.model.age", "Seconds", "Maximum", [Scorer], ["model", "alias"]) with
    {
        Description = "Time since the serving version was made; of the service as a whole, since the oldest was.",
    };

    public static ServiceMetric BacklogRecords { get; } = Of("analytics.scorer.journal.backlog", "Count", "Maximum", [Scorer], []) with
    {
        Description = "Records of a journal that wait for the database.",
    };

    public static ServiceMetric BacklogBytes { get; } = Of("analytics.scorer.journal.backlog.size", "Bytes", "Maximum", [Scorer], []) with
    {
        Description = "Bytes of a journal that wait for the database.",
    };

    public static ServiceMetric BacklogAge { get; } = Of("analytics.scorer.journal.backlog.age", "Seconds", "Maximum", [Scorer], []) with
    {
        Description = "Age of the oldest record that waits for the database.",
    };

    public static ServiceMetric JournalDropped { get; } =
        Of("analytics.scorer.journal.dropped", "Count", "Sum", [Scorer], []) with
        {
            Description = "Records that the history lacks for good.",
        };

    /// <summary>Attempts to store a batch: dimension <c>outcome</c> is <c>stored</c> or <c>failed</c>.</summary>
    public static ServiceMetric JournalBatches { get; } =
        Of("analytics.scorer.journal.batches", "Count", "Sum", [Scorer], ["outcome"]) with
        {
            Description = "Attempts to store a batch of the journal, by outcome.",
        };

    public static ServiceMetric DiskFailures { get; } =
        Of("analytics.scorer.journal.disk.failures", "Count", "Sum", [Scorer], []) with
        {
            Description = "Failed operations on the journal's disk.",
        };

    public static ServiceMetric RequestsRefused { get; } =
        Of("analytics.scorer.requests.refused", "Count", "Sum", [Scorer], ["reason"]) with
        {
            Description = "Requests refused by overload protection, by reason.",
        };

    public static ServiceMetric RequestsQueued { get; } = Of("analytics.scorer.requests.queued", "Count", "Maximum", [Scorer], []) with
    {
        Description = "Requests of a scorer that wait for their turn.",
    };

    /// <summary>Ended training runs: dimension <c>outcome</c> is <c>succeeded</c>, <c>failed</c> or <c>cancelled</c>.</summary>
    public static ServiceMetric Runs { get; } = Of("analytics.trainer.runs", "Count", "Sum", [Trainer], ["outcome"], MetricFlow.Sparse) with
    {
        Description = "Ended training runs, by outcome.",
    };

    public static ServiceMetric RunDuration { get; } =
        Of("analytics.trainer.run.duration", "Seconds", "Maximum", [Trainer], ["model"], MetricFlow.Sparse) with
        {
            Description = "Time that the attempt took which ended a run.",
        };

    public static ServiceMetric QueueLength { get; } = Of("analytics.trainer.queue.length", "Count", "Maximum", [Trainer], []) with
    {
        Description = "Runs that wait for a worker.",
    };

    public static ServiceMetric QueueAge { get; } = Of("analytics.trainer.queue.age", "Seconds", "Maximum", [Trainer], []) with
    {
        Description = "How long the run that waits longest has waited; 0 when none does.",
    };

    public static HostMetric Cpu { get; } = OfHost("cpu", "usage_active", "The machine's processors, in use.");

    public static HostMetric Memory { get; } = OfHost("mem", "used_percent", "The machine's memory, in use.");

    public static HostMetric Disk { get; } = OfHost("disk", "used_percent", "The machine's file system, in use.");

    /// <summary>What the services send.</summary>
    public static IReadOnlyList<ServiceMetric> OfServices { get; } =
    [
        ServerErrors, RequestDuration, Predictions, ScoreDuration, ModelLoads, ModelVersion, ModelAge, BacklogRecords, BacklogBytes, BacklogAge,
        JournalDropped, JournalBatches, DiskFailures, RequestsRefused, RequestsQueued, Runs, RunDuration, QueueLength, QueueAge,
    ];

    /// <summary>What the agent sends.</summary>
    public static IReadOnlyList<HostMetric> OfHosts { get; } = [Cpu, Memory, Disk];

    /// <summary>Kept for the service as a whole and, where <paramref name="by"/> names attributes, for each of their values.</summary>
    private static ServiceMetric Of(
        string instrument, string unit, string statistic, IReadOnlyList<string> services, IReadOnlyList<string> by, MetricFlow flow = MetricFlow.Steady) =>
        new()
        {
            Instrument = instrument,
            Name = instrument,
            Unit = unit,
            Statistic = statistic,
            Services = services,
            Flow = flow,
            Dimensions = by.Count == 0 ? [[ServiceDimension]] : [[ServiceDimension], [ServiceDimension, .. by]],
            Description = "",
        };

    private static HostMetric OfHost(string plugin, string measurement, string description) => new()
    {
        Plugin = plugin,
        Measurement = measurement,
        Name = $"{plugin}_{measurement}",
        Unit = "Percent",
        Statistic = "Maximum",
        Flow = MetricFlow.Steady,
        Dimensions = [[GroupDimension], [GroupDimension, "InstanceId"]],
        Description = description,
    };
}
