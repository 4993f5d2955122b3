using System.Diagnostics.Metrics;
using Analytics.Scorer.Api.Telemetry;
using Analytics.ServiceDefaults.Telemetry;

namespace Analytics.Scorer.Api.Journal;

/// <summary>The journal's metrics.</summary>
internal sealed class JournalMetrics(ScorerTelemetry telemetry)
{
    private readonly SteadyCounter _dropped = new(
        telemetry.Meter, "analytics.scorer.journal.dropped", "{record}", "Records that were let go, by reason: the history lacks them.",
        "reason", "oldest", "disk", "vanished", "refused", "rejected-request");

    private readonly SteadyCounter _damaged = new(
        telemetry.Meter, "analytics.scorer.journal.damaged", "{place}", "Places of the journal's files that could not be read, by reason.",
        "reason", "torn", "damaged", "header", "newer-format");

    private readonly SteadyCounter _failures = new(
        telemetry.Meter, "analytics.scorer.journal.disk.failures", "{failure}", "Failed operations on the journal's disk.");

    private readonly Counter<long> _written = telemetry.Meter.CreateCounter<long>(
        "analytics.scorer.journal.written", "{row}", "Rows stored in the database, by table.");

    private readonly SteadyCounter _batches = new(
        telemetry.Meter, "analytics.scorer.journal.batches", "{batch}", "Attempts to store a batch, by outcome: stored or failed.",
        "outcome", "stored", "failed");

    private readonly Counter<long> _handedOver = telemetry.Meter.CreateCounter<long>(
        "analytics.scorer.journal.handed.over", "{record}", "Records put into the store at the stop, for the trainer to store.");

    private readonly Histogram<double> _duration = telemetry.Meter.CreateHistogram(
        "analytics.scorer.journal.batch.duration", "s", "Time to store a batch.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60] });

    public void ObserveBacklog(Func<long> records, Func<long> bytes, Func<double> age, Func<long> diskBytes)
    {
        telemetry.Meter.CreateObservableGauge(
            "analytics.scorer.journal.backlog", records, "{record}", "Records that wait to be stored.");
        telemetry.Meter.CreateObservableGauge(
            "analytics.scorer.journal.backlog.size", bytes, "By", "Bytes of the records that wait to be stored.");
        telemetry.Meter.CreateObservableGauge(
            "analytics.scorer.journal.backlog.age", age, "s", "Age of the oldest record that waits to be stored; 0 when none does.");
        telemetry.Meter.CreateObservableGauge(
            "analytics.scorer.journal.disk.size", diskBytes, "By", "What the journal's files take of the disk.");
    }

    public void Dropped(long records, string reason) => _dropped.Add(records, reason);

    public void Damaged(string reason) => _damaged.Add(1, reason);

    public void DiskFailed() => _failures.Add();

    public void Written(long requests, long predictions, TimeSpan duration)
    {
        _written.Add(requests, new KeyValuePair<string, object?>("table", "requests"));
        _written.Add(predictions, new KeyValuePair<string, object?>("table", "predictions"));
        _batches.Add(1, "stored");
        _duration.Record(duration.TotalSeconds);
    }

    public void HandedOver(long records) => _handedOver.Add(records);

    public void Failed() => _batches.Add(1, "failed");
}
