using System.Diagnostics.Metrics;
using Analytics.Registry.Models;
using Analytics.Scorer.Api.Telemetry;

namespace Analytics.Scorer.Api.Serving;

/// <summary>Tells which version serves under each alias, and how old it is; of a model without one nothing.</summary>
internal sealed class ServingMetrics : IHostedService
{
    public ServingMetrics(
        ScorerTelemetry telemetry, ServingCatalog champions, [FromKeyedServices(AliasName.Challenger)] ServingCatalog challengers, TimeProvider time)
    {
        telemetry.Meter.CreateObservableGauge(
            "analytics.scorer.model.version", () => Of(champions, challengers, s => s.Version), "1", "The version that serves, by model and alias.");
        telemetry.Meter.CreateObservableGauge(
            "analytics.scorer.model.age", () => Of(champions, challengers, s => (time.GetUtcNow() - s.Manifest.Created).TotalSeconds), "s",
            "Time since the serving version was made, by model and alias.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static IEnumerable<Measurement<T>> Of<T>(ServingCatalog champions, ServingCatalog challengers, Func<Servable, T> value)
        where T : struct =>
        Of(champions, AliasName.Champion, value).Concat(Of(challengers, AliasName.Challenger, value));

    private static IEnumerable<Measurement<T>> Of<T>(ServingCatalog catalog, string alias, Func<Servable, T> value)
        where T : struct =>
        from model in catalog.Current.Models.Values
        where model.Champion is not null
        select new Measurement<T>(
            value(model.Champion!), new KeyValuePair<string, object?>("model", model.Name), new KeyValuePair<string, object?>("alias", alias));
}
