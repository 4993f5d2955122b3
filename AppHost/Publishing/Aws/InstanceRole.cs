namespace Analytics.AppHost.Publishing.Aws;

/// <summary>A kind of instance: what runs on each of them.</summary>
/// <param name="Name"><c>scorer</c> or <c>trainer</c>.</param>
/// <param name="Services">In the order of the application model.</param>
internal sealed record InstanceRole(string Name, IReadOnlyList<DeployedService> Services)
{
    /// <summary>As CloudFormation's names begin: <c>Scorer</c>.</summary>
    public string LogicalName => Names.Pascal(Name);

    /// <summary>The images of its services, each once.</summary>
    public IReadOnlyList<FleetImage> Images => [.. Services.Select(s => FleetImage.Of(s.Image)).Distinct()];

    /// <summary>The port whose <c>/health/ready</c> speaks for the instance: that of the first service that has one.</summary>
    /// <exception cref="InvalidOperationException">None has one, so nothing could tell whether an instance has started.</exception>
    public int HealthPort => Services.Where(s => !s.RunsOnce).SelectMany(s => s.Ports).FirstOrDefault(IsHttp)?.Port
        ?? throw new InvalidOperationException(
            $"No service of the role '{Name}' ({string.Join(", ", Services.Select(s => s.Name))}) has a port named 'http'; expected one whose /health/ready says that the instance has started.");

    /// <summary>The services that the balancer sends requests to, with the port where they take them.</summary>
    public IEnumerable<(DeployedService Service, int Port)> Served =>
        Services.SelectMany(s => s.Ports.Where(p => p.IsPublic && IsHttp(p)).Select(p => (s, p.Port)));

    private static bool IsHttp(ServicePort port) => port.Name == "http";
}
