using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Ready when every required model has a loaded version (without required ones: when any model has). It looks at nothing
/// outside the process, so no outage of store or database takes a scorer that answers out of the load balancer.
/// </summary>
internal sealed class ServingReadiness(ServingCatalog catalog, IOptions<ScorerOptions> options) : IHealthCheck
{
    private readonly IReadOnlyList<string> _required = options.Value.RequiredModels;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var snapshot = catalog.Current;
        if (_required.Count == 0)
        {
            return Task.FromResult(
                snapshot.Models.Values.Any(m => m.Champion is not null)
                    ? HealthCheckResult.Healthy()
                    : HealthCheckResult.Unhealthy("No model has a loaded version yet."));
        }

        var missing = _required.Where(name => snapshot.Find(name)?.Champion is null).ToList();
        return Task.FromResult(
            missing.Count == 0
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy(string.Join(" ", missing.Select(name => Describe(name, snapshot.Find(name))))));
    }

    private static string Describe(string name, ServedModel? model) =>
        $"Model '{name}' has no loaded version: {model?.Problem ?? (model?.Wanted is { } wanted ? $"version {wanted} is being loaded." : "it has no champion yet.")}";
}
