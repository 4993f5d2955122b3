namespace Analytics.AppHost.Publishing.Aws;

/// <summary>
/// What of a deployment runs where on AWS. A service that callers outside reach runs on the scorers' instances, behind the balancer, in the
/// group that scales; everything else runs on the trainer's instance, which nobody reaches.
/// </summary>
internal sealed record Fleet(InstanceRole Scorer, InstanceRole Trainer)
{
    public IReadOnlyList<InstanceRole> Roles => [Scorer, Trainer];

    /// <summary>All images, each once.</summary>
    public IReadOnlyList<FleetImage> Images => [.. Roles.SelectMany(r => r.Images).Distinct()];

    /// <summary>The fleet of a deployment.</summary>
    /// <exception cref="InvalidOperationException">A role would have no service.</exception>
    public static Fleet Of(Deployment deployment)
    {
        var places = deployment.Services.ToLookup(s => s.Ports.Any(p => p.IsPublic));
        return new Fleet(
            Role("scorer", places[true], "a port that is public"),
            Role("trainer", places[false], "no public port"));
    }

    private static InstanceRole Role(string name, IEnumerable<DeployedService> services, string expected) =>
        services.ToList() is { Count: > 0 } found
            ? new InstanceRole(name, found)
            : throw new InvalidOperationException($"No service has {expected}; expected at least one, to run on the instances of the role '{name}'.");
}
