namespace Analytics.Registry.Database;

/// <summary>Up to where a scorer's journal is in the database. It is moved in the transaction that stores the records before it.</summary>
public sealed class JournalPositionRecord
{
    /// <summary>The journal's id, from its segments' headers.</summary>
    public required Guid JournalId { get; init; }

    /// <summary>The segment's number.</summary>
    public required long Segment { get; init; }

    /// <summary>Bytes from the beginning of the segment: all before is stored.</summary>
    public required long Position { get; init; }

    /// <summary>When it was moved last (UTC).</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}
