namespace Analytics.AppHost.Publishing.Telemetry;

/// <summary>CloudWatch's log groups, which the base stack creates with their retention.</summary>
internal static class LogGroups
{
    /// <summary>What the services say, as OTLP log records; a stream each for an instance of a service.</summary>
    public const string Services = "/analytics/services";

    /// <summary>The metrics in CloudWatch's embedded metric format, from which CloudWatch makes the metrics.</summary>
    public const string Metrics = "/analytics/metrics";

    /// <summary>What the machines say: containers, start and stop; a stream each for a machine and a file.</summary>
    public const string Hosts = "/analytics/hosts";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Services, Metrics, Hosts];
}
