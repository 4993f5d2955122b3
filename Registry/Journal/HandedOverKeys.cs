using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Analytics.Registry.Journal.Segments;

namespace Analytics.Registry.Journal;

/// <summary>Where in the store the segments are that a scorer has handed over: <c>journal/JOURNAL ID/NUMBER.journal</c>.</summary>
internal static class HandedOverKeys
{
    /// <summary>The folder of all journals.</summary>
    public const string Prefix = "journal/";

    /// <summary>A segment's key; those of a journal sort by their number.</summary>
    public static string Segment(Guid journal, long number) => $"{Prefix}{journal:D}/{SegmentFormat.FileName(number)}";

    /// <summary>What a key names; false for one that is none of a segment.</summary>
    public static bool TryParse(string key, [NotNullWhen(true)] out (Guid Journal, long Number)? segment)
    {
        segment = key.Split('/') is [_, var journal, var name] && Guid.TryParseExact(journal, "D", out var id)
            && name.EndsWith(SegmentFormat.Extension, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, name.Length - SegmentFormat.Extension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? (id, number)
                : null;
        return segment is not null;
    }
}
