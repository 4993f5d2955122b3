using System.Diagnostics.Metrics;
using Analytics.Scorer.Api.Telemetry;

namespace Analytics.Scorer.Api.Journal;

/// <summary>The journal's metrics.</summary>
internal sealed class JournalMetrics(ScorerTelemetry telemetry)
{
    private readonly Counter<long> _dropped = telemetry.Meter.CreateCounter<long>(
        "analytics.scorer.journal.dropped", "{record}", "Records that were let go, by reason: the history lacks them.");

    private readonly Counter<long> _damaged = telemetry.Meter.CreateCounter<long>(
        "analytics.scorer.journal.damaged", "{place}", "Places of the journal's files that could not be read, by reason.");

    private readonly Counter<long> _failures = telemetry.Meter.CreateCounter<long>(
        "analytics.scorer.journal.disk.failures", "{failure}", "Failed operations on the journal's disk.");

    private readonly Counter<long> _written = telemetry.Meter.CreateCounter<long>(
        "analytics.scorer.journal.written", "{row}", "Rows stored in the database, by table.");

    private readonly Counter<long> _batches = telemetry.Meter.CreateCounter<long>(
        "analytics.scorer.journal.batches", "{batch}", "Attempts to store a batch, by outcome.");

    private readonly Counter<long> _handedOver = telemetry.Meter.CreateCounter<long>(
        "analytics.scorer.journal.handed.over", "{record}", "Records put into the store at the stop, for the trainer to store.");

    private readonly Histogram<double> _duration = telemetry.Meter.CreateHistogram<double>(
        "analytics.scorer.journal.batch.duration", "s", "Time to store a batch.");

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

    public void Dropped(long records, string reason) =>
        _dropped.Add(records, new KeyValuePair<string, object?>("reason", reason));

    public void Damaged(string reason) => _damaged.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void DiskFailed() => _failures.Add(1);

    public void Written(long requests, long predictions, TimeSpan duration)
    {
        _written.Add(requests, new KeyValuePair<string, object?>("table", "requests"));
        _written.Add(predictions, new KeyValuePair<string, object?>("table", "predictions"));
        _batches.Add(1, new KeyValuePair<string, object?>("outcome", "stored"));
        _duration.Record(duration.TotalSeconds);
    }

    public void HandedOver(long records) => _handedOver.Add(records);

    public void Failed() => _batches.Add(1, new KeyValuePair<string, object?>("outcome", "failed"));
}
