using Analytics.Registry.Journal.Segments;

namespace Analytics.Scorer.Api.Journal;

/// <summary>Tells what is wrong in the journal's folder: a log entry with the file and the offset, and a count. Each place once.</summary>
internal sealed class JournalTelling(ILogger<DiskJournal> logger, JournalMetrics metrics)
{
    private readonly HashSet<(string, long)> _told = [];

    public void Damage(SegmentDamage damage)
    {
        lock (_told)
        {
            if (!_told.Add((damage.Segment.Path, damage.Offset)))
            {
                return;
            }
        }

        metrics.Damaged(damage.IsTail ? "torn" : "damaged");
        if (damage.IsTail)
        {
            JournalLog.Torn(logger, damage.Bytes, damage.Segment.Path, damage.Offset);
        }
        else
        {
            JournalLog.Damaged(logger, damage.Bytes, damage.Offset, damage.Segment.Path);
        }
    }

    public void DamagedHeader(string file)
    {
        metrics.Damaged("header");
        JournalLog.DamagedHeader(logger, file);
    }

    public void Newer(string file)
    {
        metrics.Damaged("newer-format");
        JournalLog.Newer(logger, file);
    }

    public void OtherJournal(string file, Guid journalId) => JournalLog.OtherJournal(logger, file, journalId);

    public void NotASegment(string file) => JournalLog.NotASegment(logger, file);

    public void Vanished(SegmentFile segment)
    {
        metrics.Dropped(segment.Records - segment.Settled, "vanished");
        JournalLog.Vanished(logger, segment.Path, segment.Records - segment.Settled);
    }

    public void RefusedBatch(int records, Exception reason)
    {
        metrics.Failed();
        JournalLog.RefusedBatch(logger, reason, records);
    }

    public void Refused(SegmentFile segment, long offset, Exception reason)
    {
        metrics.Failed();
        metrics.Dropped(1, "refused");
        JournalLog.Refused(logger, reason, segment.Path, offset);
    }

    public void CannotDelete(string file, Exception exception)
    {
        metrics.DiskFailed();
        JournalLog.CannotDelete(logger, exception, file);
    }

    public void CannotWrite(string file, Exception exception)
    {
        metrics.DiskFailed();
        JournalLog.CannotWriteFile(logger, exception, file);
    }

    public void CannotRead(string file, Exception exception)
    {
        metrics.DiskFailed();
        JournalLog.CannotRead(logger, exception, file);
    }
}
