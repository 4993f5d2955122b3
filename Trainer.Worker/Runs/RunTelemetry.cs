using System.Diagnostics;
using System.Diagnostics.Metrics;
using Analytics.Registry.Database;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>The trainer's own spans and metrics. One run's attempt is one trace; its stages are the spans below.</summary>
internal sealed class RunTelemetry : IDisposable
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "Analytics.Trainer";

    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _runs;
    private readonly Histogram<double> _stages;
    private readonly Counter<long> _stored;

    public RunTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _attempts = _meter.CreateCounter<long>(
            "analytics.trainer.attempts", "{attempt}", "Attempts of training runs by how they ended.");
        _runs = _meter.CreateCounter<long>("analytics.trainer.runs", "{run}", "Ended training runs by how they ended.");
        _stored = _meter.CreateCounter<long>(
            "analytics.trainer.journal.written", "{row}", "Rows of journals handed over by scorers, stored in the database, by table.");
        _meter.CreateObservableGauge(
            "analytics.trainer.journal.segments", () => SegmentsWaiting, "{segment}", "Segments of journals in the store that wait to be stored.");
        _stages = _meter.CreateHistogram<double>(
            "analytics.trainer.stage.duration",
            "s",
            "How long the stages of an attempt take.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800] });
    }

    /// <summary>The handed over segments that were there when last looked at, without those stored since.</summary>
    public int SegmentsWaiting { get; set; }

    /// <summary>Rows of handed over journals are in the database.</summary>
    public void HistoryStored(long requests, long predictions)
    {
        _stored.Add(requests, new KeyValuePair<string, object?>("table", "requests"));
        _stored.Add(predictions, new KeyValuePair<string, object?>("table", "predictions"));
    }

    /// <summary>The span of an attempt; it continues the trace of the request that queued the run.</summary>
    public Activity? StartAttempt(TrainingRun run)
    {
        ActivityContext.TryParse(run.TraceParent, null, isRemote: true, out var parent);
        var activity = _source.StartActivity("training run", ActivityKind.Consumer, parent);
        activity?.SetTag("analytics.run.id", run.Id.ToString());
        activity?.SetTag("analytics.run.attempt", run.Attempt);
        activity?.SetTag("analytics.model", run.Model);
        activity?.SetTag("analytics.dataset", run.Dataset);
        activity?.SetTag("analytics.algorithm", run.Algorithm);
        return activity;
    }

    /// <summary>The span of a stage.</summary>
    public Activity? StartStage(string stage, ActivityContext attempt) =>
        _source.StartActivity(stage, ActivityKind.Internal, attempt);

    /// <summary>A stage has ended.</summary>
    public void StageEnded(string stage, TimeSpan duration, string model) =>
        _stages.Record(duration.TotalSeconds, new("analytics.stage", stage), new("analytics.model", model));

    /// <summary>An attempt has ended: <c>succeeded</c>, <c>failed</c>, <c>cancelled</c>, <c>retried</c>, <c>released</c> or <c>lost</c>.</summary>
    public void AttemptEnded(string outcome, string model) =>
        _attempts.Add(1, new("analytics.outcome", outcome), new("analytics.model", model));

    /// <summary>A run has ended: <c>succeeded</c>, <c>failed</c> or <c>cancelled</c>.</summary>
    public void RunEnded(RunState state, string model) =>
        _runs.Add(1, new("analytics.outcome", EnumNames.Of(state)), new("analytics.model", model));

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }
}
