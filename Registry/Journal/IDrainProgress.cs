using Analytics.Registry.Journal.Segments;

namespace Analytics.Registry.Journal;

/// <summary>Where the draining of a journal is, as its drainer knows it, and who is told what the database refuses.</summary>
internal interface IDrainProgress
{
    /// <summary>The position of the batch's journal in the database; null when it has none yet.</summary>
    JournalPosition? Committed(DrainBatch batch);

    /// <summary>So many records of the batch, up to the offset, are settled in the database.</summary>
    void Advance(DrainBatch batch, int records, long offset);

    /// <summary>The database refuses some of so many records; they are stored in parts.</summary>
    void RefusedBatch(int records, Exception reason);

    /// <summary>The database never takes this record; the position has been moved past it.</summary>
    void Refused(DrainBatch batch, BatchFrame record, Exception reason);
}
