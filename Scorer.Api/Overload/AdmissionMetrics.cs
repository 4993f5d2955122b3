using System.Threading.RateLimiting;
using Analytics.Scorer.Api.Telemetry;
using Analytics.ServiceDefaults.Telemetry;

namespace Analytics.Scorer.Api.Overload;

/// <summary>The metrics of overload.</summary>
internal sealed class AdmissionMetrics(ScorerTelemetry telemetry)
{
    private readonly SteadyCounter _refused = new(
        telemetry.Meter, "analytics.scorer.requests.refused", "{request}",
        "Requests that were not let in, by reason: rate, body, queue-full, queue-time.", "reason", "rate", "body", "queue-full", "queue-time");

    public void Observe(RateLimiter places, int limit)
    {
        telemetry.Meter.CreateObservableGauge(
            "analytics.scorer.requests.active", () => limit - (places.GetStatistics()?.CurrentAvailablePermits ?? limit),
            "{request}", "Requests that are worked on.");
        telemetry.Meter.CreateObservableGauge(
            "analytics.scorer.requests.queued", () => places.GetStatistics()?.CurrentQueuedCount ?? 0,
            "{request}", "Requests that wait for their turn.");
    }

    public void Refused(string reason) => _refused.Add(1, reason);
}
