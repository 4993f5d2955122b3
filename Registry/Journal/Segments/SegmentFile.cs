namespace Analytics.Registry.Journal.Segments;

/// <summary>
/// A segment on the disk. The counts are changed under the journal's lock; <see cref="Readable"/> and
/// <see cref="IsSealed"/> may be read without it.
/// </summary>
internal sealed class SegmentFile(string path, long number, Guid journalId)
{
    private long _readable = SegmentFormat.HeaderBytes;
    private bool _isSealed;

    public string Path => path;

    public long Number => number;

    /// <summary>The journal that wrote it.</summary>
    public Guid JournalId => journalId;

    /// <summary>True for a format that this version does not know: nothing in it is touched.</summary>
    public bool IsNewer { get; init; }

    /// <summary>Up to where records may be read.</summary>
    public long Readable
    {
        get => Volatile.Read(ref _readable);
        set => Volatile.Write(ref _readable, value);
    }

    /// <summary>What it takes of the disk.</summary>
    public long DiskBytes { get; set; }

    /// <summary>True when nothing is added any more: whoever sees that sees the last <see cref="Readable"/> too.</summary>
    public bool IsSealed
    {
        get => Volatile.Read(ref _isSealed);
        set => Volatile.Write(ref _isSealed, value);
    }

    /// <summary>The records in it; of a segment that was not closed properly, those found without checking them.</summary>
    public long Records { get; set; }

    /// <summary>Of them, those that are in the database or never will be.</summary>
    public long Settled { get; set; }

    /// <summary>The offset before which all is settled.</summary>
    public long SettledOffset { get; set; } = SegmentFormat.HeaderBytes;

    /// <summary>True while a batch of it is being stored: it must not be dropped.</summary>
    public bool IsInUse { get; set; }

    /// <summary>True when it was dropped, or stored and deleted: a reader leaves it.</summary>
    public bool IsGone { get; set; }
}
