namespace Analytics.AppHost.Publishing.Telemetry;

/// <summary>What the collector and the CloudWatch agent are told.</summary>
internal static class TelemetryArtifacts
{
    /// <summary>
    /// Of one host, the collector in two ways: <c>collector.yaml</c> keeps everything here, <c>collector-cloudwatch.yaml</c> sends it to Amazon. Of each
    /// role of a fleet, whose name is its service's, the collector and the agent.
    /// </summary>
    public static IEnumerable<Artifact> Of(Deployment deployment)
    {
        var services = deployment.Services.Where(s => !s.RunsOnce).Select(s => s.Name).ToList();
        yield return new Artifact("docker/collector.yaml", Collector.Local());
        yield return new Artifact("docker/collector-cloudwatch.yaml", Collector.ForCloudWatch(services));
        foreach (var role in services)
        {
            yield return new Artifact($"aws/{role}/collector.yaml", Collector.ForCloudWatch([role]));
            yield return new Artifact($"aws/{role}/agent.json", CloudWatchAgent.Text(role));
        }
    }
}
