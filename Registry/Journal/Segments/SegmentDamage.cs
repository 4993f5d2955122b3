namespace Analytics.Registry.Journal.Segments;

/// <summary>A part of a segment that no record could be read from.</summary>
/// <param name="Segment">Where.</param>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Bytes">How long it is.</param>
/// <param name="IsTail">True when nothing readable follows: usually a record that the end of a process or a machine tore.</param>
internal readonly record struct SegmentDamage(SegmentFile Segment, long Offset, long Bytes, bool IsTail);
