using System.Diagnostics.Metrics;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Telemetry;

namespace Analytics.Scorer.Api.Challengers;

/// <summary>The metrics of challengers, by model and version.</summary>
internal sealed class ChallengerMetrics
{
    private readonly Counter<long> _rows;
    private readonly Counter<long> _dropped;
    private readonly Histogram<double> _difference;

    public ChallengerMetrics(ScorerTelemetry telemetry)
    {
        _rows = telemetry.Meter.CreateCounter<long>(
            "analytics.scorer.shadow.rows", "{row}", "Rows that a challenger scored beside the answer, by model, version and, of classes, whether it agrees.");
        _dropped = telemetry.Meter.CreateCounter<long>(
            "analytics.scorer.shadow.dropped", "{row}", "Rows that a challenger did not score or that were not recorded, by model, version and reason.");
        _difference = telemetry.Meter.CreateHistogram<double>(
            "analytics.scorer.shadow.difference", "1", "Of a regression: how far a challenger's number is from the answer, by model and version.");
    }

    public void Compared(Servable servable, bool agrees, int rows)
    {
        if (rows > 0)
        {
            _rows.Add(rows, Model(servable), Version(servable), new("agrees", agrees));
        }
    }

    public void Compared(Servable servable, double difference)
    {
        _rows.Add(1, Model(servable), Version(servable));
        _difference.Record(difference, Model(servable), Version(servable));
    }

    public void Dropped(Servable servable, int rows, string reason) =>
        _dropped.Add(rows, Model(servable), Version(servable), new("reason", reason));

    private static KeyValuePair<string, object?> Model(Servable servable) => new("model", servable.Model);

    private static KeyValuePair<string, object?> Version(Servable servable) => new("version", servable.Version);
}
