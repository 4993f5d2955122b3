using Settings = System.Collections.Generic.Dictionary<string, object>;

namespace Analytics.AppHost.Publishing.Telemetry;

/// <summary>
/// The configuration of the collector, AWS Distro for OpenTelemetry: only components that it contains, named as in that version. Names and meanings of
/// the settings are from the components' own pages in opentelemetry-collector-contrib v0.156.0, which it is built from.
/// </summary>
internal static class Collector
{
    /// <summary>The image, by version.</summary>
    public const string Image = "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0";

    /// <summary>Where it answers whether it runs; <c>/healthcheck</c> in its image asks there.</summary>
    public const int HealthPort = 13133;

    /// <summary>
    /// The variables that <see cref="ForCloudWatch"/> reads: the region, and what tells this machine's streams of log lines from others'.
    /// </summary>
    public static IReadOnlyList<string> Variables { get; } = ["AWS_REGION", "INSTANCE_ID"];

    /// <summary>Keeps everything here: a line in its log for each batch.</summary>
    public static string Local() => Write(
        "docs/telemetry.md says what arrives here. This one only counts it, in its log; collector-cloudwatch.yaml sends it to Amazon.",
        new Settings { ["memory_limiter"] = MemoryLimiter, ["batch"] = Batch },
        new Settings { ["debug"] = new Settings { ["verbosity"] = "basic" } },
        Pipeline(["memory_limiter", "batch"], "debug"),
        Pipeline(["memory_limiter", "batch"], "debug"),
        Pipeline(["memory_limiter", "batch"], "debug"));

    /// <summary>Sends traces to X-Ray, metrics and log lines to CloudWatch, with what the machine is.</summary>
    /// <param name="services">The services that send to it.</param>
    public static string ForCloudWatch(IReadOnlyList<string> services)
    {
        var metrics = CloudWatchMetrics.OfServices.Where(m => services.Any(m.IsOf)).ToList();
        return Write(
            "docs/telemetry.md says which metrics and log groups come of this.",
            new Settings
            {
                ["memory_limiter"] = MemoryLimiter,
                // Elsewhere than on EC2 nobody answers, and the attributes are missing.
                ["resource_detection"] = new Settings { ["detectors"] = List("ec2"), ["timeout"] = "2s", ["override"] = false },
                ["resource"] = new Settings
                {
                    ["attributes"] = List(new Settings { ["key"] = CloudWatchMetrics.ServiceDimension, ["from_attribute"] = "service.name", ["action"] = "upsert" }),
                },
                ["filter"] = new Settings { ["metric_conditions"] = List(string.Join(" and ", metrics.Select(m => $"metric.name != \"{m.Instrument}\""))) },
                ["metrics_transform"] = new Settings { ["transforms"] = metrics.Where(m => m.Name != m.Instrument).Select(Rename).ToList() },
                ["batch"] = Batch,
            },
            new Settings
            {
                ["awsxray"] = new Settings { ["region"] = Region, ["indexed_attributes"] = List("model", "version", "run.id"), ["aws_log_groups"] = List(LogGroups.Services) },
                ["awsemf"] = EmbeddedMetrics(metrics),
                ["awscloudwatchlogs"] = new Settings { ["region"] = Region, ["log_group_name"] = LogGroups.Services, ["log_stream_name"] = Stream },
            },
            Pipeline(["memory_limiter", "resource_detection", "batch"], "awsxray"),
            Pipeline(["memory_limiter", "filter", "metrics_transform", "resource_detection", "resource", "batch"], "awsemf"),
            Pipeline(["memory_limiter", "resource_detection", "batch"], "awscloudwatchlogs"));
    }

    private const string Region = "${env:AWS_REGION}";

    // {ServiceName} is the exporters' own; an instance of a group has an id, a single host may be without.
    private const string Stream = "{ServiceName}/${env:INSTANCE_ID:-host}";

    private static Settings MemoryLimiter => new() { ["check_interval"] = "1s", ["limit_percentage"] = 75, ["spike_limit_percentage"] = 20 };

    private static Settings Batch => new() { ["timeout"] = "10s", ["send_batch_size"] = 1000, ["send_batch_max_size"] = 2000 };

    private static Settings Rename(ServiceMetric metric) => new() { ["include"] = metric.Instrument, ["action"] = "update", ["new_name"] = metric.Name };

    /// <summary>
    /// The exporter that writes metrics as log lines from which CloudWatch makes them. By itself it would add a metric for each single attribute; here the
    /// dimensions are those declared and no others.
    /// </summary>
    private static Settings EmbeddedMetrics(IReadOnlyList<ServiceMetric> metrics) => new()
    {
        ["region"] = Region,
        ["namespace"] = CloudWatchMetrics.Namespace,
        ["log_group_name"] = LogGroups.Metrics,
        ["log_stream_name"] = Stream,
        ["dimension_rollup_option"] = "NoDimensionRollup",
        // The service's name is the resource's; only a metric's own attributes can be dimensions.
        ["resource_to_telemetry_conversion"] = new Settings { ["enabled"] = true },
        ["metric_declarations"] = metrics
            .GroupBy(m => string.Join(';', m.Dimensions.Select(d => string.Join(',', d))))
            .Select(g => new Settings { ["dimensions"] = g.First().Dimensions, ["metric_name_selectors"] = g.Select(m => Selector(m.Name)).ToList() }).ToList(),
        // The protocol's units are not CloudWatch's: {request} is a Count there.
        ["metric_descriptors"] = metrics.Select(m => new Settings { ["metric_name"] = m.Name, ["unit"] = m.Unit, ["overwrite"] = true }).ToList(),
    };

    // A regular expression; the collector takes one dollar sign for the beginning of a variable.
    private static string Selector(string name) => $"^{name.Replace(".", "[.]", StringComparison.Ordinal)}$$";

    private static Settings Pipeline(string[] processors, string exporter) =>
        new() { ["receivers"] = List("otlp"), ["processors"] = processors, ["exporters"] = List(exporter) };

    private static List<object> List(params object[] items) => [.. items];

    private static string Write(string about, Settings processors, Settings exporters, Settings traces, Settings metrics, Settings logs) => Yaml.Write(
        new Settings
        {
            ["extensions"] = new Settings { ["health_check"] = new Settings { ["endpoint"] = $"0.0.0.0:{HealthPort}" } },
            ["receivers"] = new Settings
            {
                ["otlp"] = new Settings { ["protocols"] = new Settings { ["grpc"] = new Settings { ["endpoint"] = $"0.0.0.0:{new Uri(TelemetryExtensions.CollectorAddress).Port}" } } },
            },
            ["processors"] = processors,
            ["exporters"] = exporters,
            ["service"] = new Settings
            {
                ["extensions"] = List("health_check"),
                ["telemetry"] = new Settings { ["metrics"] = new Settings { ["level"] = "none" } },
                ["pipelines"] = new Settings { ["traces"] = traces, ["metrics"] = metrics, ["logs"] = logs },
            },
        },
        "Written by `aspire publish`; a change belongs into AppHost/Publishing/Telemetry.",
        about);
}
