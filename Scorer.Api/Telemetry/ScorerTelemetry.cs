using System.Diagnostics;
using System.Diagnostics.Metrics;
using Analytics.Registry.Database;

namespace Analytics.Scorer.Api.Telemetry;

/// <summary>The scorer's own spans and metrics; the names are listed in the documentation and watched by alarms.</summary>
internal sealed class ScorerTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "Analytics.Scorer";

    /// <summary>Spans <c>validate</c>, <c>score</c> and <c>journal</c> of a prediction request, <c>drain</c> of a batch.</summary>
    public static readonly ActivitySource Source = new(Name);

    private readonly Counter<long> _predictions;
    private readonly Counter<long> _loads;
    private readonly Histogram<double> _scoring;

    public ScorerTelemetry(IMeterFactory meters)
    {
        Meter = meters.Create(Name);
        _predictions = Meter.CreateCounter<long>(
            "analytics.scorer.predictions", "{prediction}", "Rows scored and answered, by model, version and role (champion or challenger).");
        _scoring = Meter.CreateHistogram(
            "analytics.scorer.score.duration",
            "s",
            "How long a version took to score a request's rows, or a piece of them, by model, version and role (champion, challenger or shadow).",
            advice: new InstrumentAdvice<double>
            {
                // A row of a forest takes microseconds, a large request seconds.
                HistogramBucketBoundaries = [1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 10],
            });
        _loads = Meter.CreateCounter<long>(
            "analytics.scorer.model.loads", "{load}", "Versions loaded or failed to load, by model, alias and outcome.");
    }

    public Meter Meter { get; }

    public void Predicted(string model, int version, int rows, string role = PredictionRole.Champion)
    {
        if (_predictions.Enabled)
        {
            _predictions.Add(
                rows,
                new KeyValuePair<string, object?>("model", model),
                new KeyValuePair<string, object?>("version", version),
                new KeyValuePair<string, object?>("role", role));
        }
    }

    public void Scored(string model, int version, string role, TimeSpan duration)
    {
        if (_scoring.Enabled)
        {
            _scoring.Record(
                duration.TotalSeconds,
                new KeyValuePair<string, object?>("model", model),
                new KeyValuePair<string, object?>("version", version),
                new KeyValuePair<string, object?>("role", role));
        }
    }

    public void ModelLoaded(string model, string alias, bool succeeded) => _loads.Add(
        1,
        new KeyValuePair<string, object?>("model", model),
        new KeyValuePair<string, object?>("alias", alias),
        new KeyValuePair<string, object?>("outcome", succeeded ? "loaded" : "failed"));
}
