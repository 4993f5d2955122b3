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
    private readonly Histogram<double> _durations;
    private readonly Counter<long> _stored;

    public RunTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _attempts = _meter.CreateCounter<long>(
            "analytics.trainer.attempts", "{attempt}", "Attempts of training runs, by how they ended and model.");
        _runs = _meter.CreateCounter<long>("analytics.trainer.runs", "{run}", "Ended training runs, by how they ended and model.");
        _stages = Durations("analytics.trainer.stage.duration", "How long the stages of an attempt take, by stage and model.");
        _durations = Durations("analytics.trainer.run.duration", "How long the attempt took that ended a run, by how it ended and model.");
        _stored = _meter.CreateCounter<long>(
            "analytics.trainer.journal.written", "{row}", "Rows of journals handed over by scorers, stored in the database, by table.");
        _meter.CreateObservableGauge(
            "analytics.trainer.journal.segments", () => SegmentsWaiting, "{segment}", "Segments of journals in the store that wait to be stored.");
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
        activity?.SetTag("run.id", run.Id.ToString());
        activity?.SetTag("run.attempt", run.Attempt);
        activity?.SetTag("model", run.Model);
        activity?.SetTag("dataset", run.Dataset);
        activity?.SetTag("algorithm", run.Algorithm);
        return activity;
    }

    /// <summary>The span of a stage.</summary>
    public Activity? StartStage(string stage, ActivityContext attempt) =>
        _source.StartActivity(stage, ActivityKind.Internal, attempt);

    /// <summary>A stage has ended.</summary>
    public void StageEnded(string stage, TimeSpan duration, string model) =>
        _stages.Record(duration.TotalSeconds, new("stage", stage), new("model", model));

    /// <summary>An attempt has ended: <c>succeeded</c>, <c>failed</c>, <c>cancelled</c>, <c>retried</c>, <c>released</c> or <c>lost</c>.</summary>
    public void AttemptEnded(string outcome, string model) =>
        _attempts.Add(1, new("outcome", outcome), new("model", model));

    /// <summary>A run has ended: <c>succeeded</c>, <c>failed</c> or <c>cancelled</c>; null where no attempt ended it.</summary>
    public void RunEnded(RunState state, string model, TimeSpan? attempt = null)
    {
        _runs.Add(1, new("outcome", EnumNames.Of(state)), new("model", model));
        if (attempt is { } duration)
        {
            _durations.Record(duration.TotalSeconds, new("outcome", EnumNames.Of(state)), new("model", model));
        }
    }

    /// <summary>The queue as it is; null while nobody knows.</summary>
    public void ObserveQueue(Func<QueueState?> look)
    {
        _meter.CreateObservableGauge(
            "analytics.trainer.queue.length", () => Known<long>(look()?.Length), "{run}", "Runs that wait for a worker.");
        _meter.CreateObservableGauge(
            "analytics.trainer.queue.age", () => Known<double>(look()?.Oldest.TotalSeconds), "s",
            "How long the run that waits longest has waited; 0 when none does.");
    }

    // From a stage of milliseconds to a night's training.
    private Histogram<double> Durations(string name, string description) => _meter.CreateHistogram(
        name, "s", description,
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 7200, 28800] });

    private static IEnumerable<Measurement<T>> Known<T>(T? value)
        where T : struct => value is { } known ? [new Measurement<T>(known)] : [];

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }
}
