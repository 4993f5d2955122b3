using System.Globalization;
using Analytics.Registry.Journal.Segments;

namespace Analytics.Scorer.Api.Journal.Segments;

/// <summary>
/// The sub-folders of <c>Journal:Folder</c>, numbered from 0, one for each process at a time. A process takes the first that is free;
/// what others left behind it holds as well until that is stored.
/// </summary>
internal static class JournalFolder
{
    /// <summary>Takes a slot to write in, and those left by processes that have ended.</summary>
    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be read or written.</exception>
    public static JournalSlot Claim(string folder, JournalTelling telling, List<JournalSlot> leftovers)
    {
        Directory.CreateDirectory(folder);
        JournalSlot? own = null;
        var next = 0;
        foreach (var (path, number) in Slots(folder))
        {
            next = number + 1;
            if (JournalSlot.TryClaim(path, telling) is not { } slot)
            {
                continue;
            }

            if (own is null && !slot.HasNewer)
            {
                own = slot;
            }
            else
            {
                KeepIfLeft(slot, leftovers);
            }
        }

        // Another process may take the same new one in this moment: then the one after it.
        while (own is null)
        {
            own = JournalSlot.TryClaim(Path.Combine(folder, (next++).ToString(CultureInfo.InvariantCulture)), telling);
        }

        return own;
    }

    /// <summary>Takes the slots that were left since; of the caller's own the system says that they are held.</summary>
    public static void ClaimLeft(string folder, JournalTelling telling, List<JournalSlot> leftovers)
    {
        foreach (var (path, _) in Slots(folder))
        {
            if (Directory.EnumerateFiles(path, "*" + SegmentFormat.Extension).Any() && JournalSlot.TryClaim(path, telling) is { } slot)
            {
                KeepIfLeft(slot, leftovers);
            }
        }
    }

    private static void KeepIfLeft(JournalSlot slot, List<JournalSlot> leftovers)
    {
        if (slot.HasReadable)
        {
            leftovers.Add(slot);
        }
        else
        {
            slot.Dispose();
        }
    }

    private static List<(string Path, int Number)> Slots(string folder) =>
    [
        .. from path in Directory.EnumerateDirectories(folder)
           let number = int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1
           where number >= 0
           orderby number
           select (path, number),
    ];
}
