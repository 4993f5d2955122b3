using Analytics.AppHost.Publishing.Aws;

namespace Analytics.AppHost.Publishing.Telemetry;

/// <summary>What the collector and the CloudWatch agent are told.</summary>
internal static class TelemetryArtifacts
{
    /// <summary>
    /// Of one host, the collector in two ways: <c>collector.yaml</c> keeps everything here, <c>collector-cloudwatch.yaml</c> sends it to Amazon. Of each
    /// role of a fleet, the collector of its services and the agent.
    /// </summary>
    public static IEnumerable<Artifact> Of(Deployment deployment)
    {
        var services = deployment.Services.Where(s => !s.RunsOnce).Select(s => s.Name).ToList();
        yield return new Artifact("docker/collector.yaml", Collector.Local());
        yield return new Artifact("docker/collector-cloudwatch.yaml", Collector.ForCloudWatch(services));
        foreach (var role in deployment.Services.Count == 0 ? [] : Fleet.Of(deployment).Roles)
        {
            yield return new Artifact($"aws/{role.Name}/collector.yaml", Collector.ForCloudWatch([.. role.Services.Where(s => !s.RunsOnce).Select(s => s.Name)]));
            yield return new Artifact($"aws/{role.Name}/agent.json", CloudWatchAgent.Text(role.Name));
        }
    }
}
