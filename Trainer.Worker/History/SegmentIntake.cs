using Analytics.Registry.Journal;
using Analytics.Registry.Journal.Segments;

namespace Analytics.Trainer.Worker.History;

/// <summary>Where the storing of one handed over segment is, and what is told of it.</summary>
internal sealed partial class SegmentIntake(JournalPosition? committed, string key, ILogger logger) : IDrainProgress
{
    private JournalPosition? _committed = committed;

    public JournalPosition? Committed(DrainBatch batch) => _committed;

    public void Advance(DrainBatch batch, int records, long offset) => _committed = new JournalPosition(batch.Segment.Number, offset);

    public void RefusedBatch(int records, Exception reason) => LogRefusedBatch(logger, records, reason);

    public void Refused(DrainBatch batch, BatchFrame record, Exception reason) => LogRefused(logger, record.Offset, key, reason);

    public void Damaged(SegmentDamage damage) => LogDamaged(logger, damage.Bytes, damage.Offset, key);

    [LoggerMessage(LogLevel.Error, "The database refuses a batch of {Records} handed over records; it is stored in parts")]
    private static partial void LogRefusedBatch(ILogger logger, int records, Exception error);

    [LoggerMessage(LogLevel.Error, "The database refuses the record at byte {Offset} of {Key}; it is left out of the history")]
    private static partial void LogRefused(ILogger logger, long offset, string key, Exception error);

    [LoggerMessage(LogLevel.Error, "{Bytes} bytes at byte {Offset} of {Key} are no whole records; what can be read is stored")]
    private static partial void LogDamaged(ILogger logger, long bytes, long offset, string key);
}
