namespace Analytics.Registry.Journal.Segments;

/// <summary>A place in a journal: all before it is settled.</summary>
/// <param name="Segment">The segment's number.</param>
/// <param name="Offset">Bytes from the beginning of its file.</param>
internal readonly record struct JournalPosition(long Segment, long Offset);
