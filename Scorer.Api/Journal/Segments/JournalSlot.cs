using System.Globalization;
using Analytics.Registry.Journal.Segments;

namespace Analytics.Scorer.Api.Journal.Segments;

/// <summary>
/// A sub-folder of the journal with its segments. It is held by at most one process at a time, by a lock on the file
/// <c>lock</c> that the system lets go of when the process ends, however it ends.
/// </summary>
internal sealed class JournalSlot : IDisposable
{
    private const string LockFile = "lock";

    private readonly FileStream _lock;
    private readonly List<SegmentFile> _segments = [];

    private JournalSlot(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    /// <summary>Guards the list of segments and their counts.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The segments, by number. Under <see cref="Gate"/>.</summary>
    public IReadOnlyList<SegmentFile> Segments => _segments;

    /// <summary>The number that the next segment gets.</summary>
    public long NextNumber { get; private set; } = 1;

    /// <summary>True when a newer version has written here: the slot is not written by this one.</summary>
    public bool HasNewer => _segments.Exists(s => s.IsNewer);

    /// <summary>True when it has a segment that this version may store: none of those behind a newer one. Under <see cref="Gate"/>.</summary>
    public bool HasReadable => _segments.Count > 0 && !_segments[0].IsNewer;

    /// <summary>Takes the slot; null when another process holds it.</summary>
    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be read or written.</exception>
    public static JournalSlot? TryClaim(string path, JournalTelling telling)
    {
        CreateFolder(path);
        FileStream held;
        try
        {
            held = new FileStream(System.IO.Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }

        var slot = new JournalSlot(path, held);
        try
        {
            slot.ReadSegments(telling);
            return slot;
        }
        catch
        {
            slot.Dispose();
            throw;
        }
    }

    /// <summary>The id of the newest intact segment; what the slot's process goes on with.</summary>
    public Guid? LatestId { get; private set; }

    /// <summary>Adds the segment that is now written. Under <see cref="Gate"/>.</summary>
    public void Add(SegmentFile segment)
    {
        _segments.Add(segment);
        NextNumber = segment.Number + 1;
    }

    /// <summary>Forgets a segment; its file is then deleted with <see cref="Delete"/>. Under <see cref="Gate"/>.</summary>
    public void Forget(SegmentFile segment)
    {
        segment.IsGone = true;
        _segments.Remove(segment);
    }

    /// <summary>
    /// Deletes the file of a forgotten segment, which takes tens of milliseconds where it is large. One that cannot be deleted
    /// is told; by the position in the database it is known to be stored when it is met again.
    /// </summary>
    public static void Delete(SegmentFile segment, JournalTelling telling)
    {
        try
        {
            File.Delete(segment.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            telling.CannotDelete(segment.Path, e);
        }
    }

    /// <summary>When the oldest record was made that is not settled; null when none waits.</summary>
    public DateTimeOffset? FindOldest()
    {
        string path;
        long offset;
        lock (Gate)
        {
            if (_segments.Find(s => !s.IsNewer && s.Records > s.Settled) is not { } segment)
            {
                return null;
            }

            (path, offset) = (segment.Path, segment.SettledOffset);
        }

        try
        {
            return SegmentScan.TimeAt(path, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Deleted since, or unreadable: the drain tells the latter.
            return null;
        }
    }

    public void Dispose() => _lock.Dispose();

    // What callers sent is in the segments: for the scorer's user alone.
    private static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private void ReadSegments(JournalTelling telling)
    {
        var files = Directory.EnumerateFiles(Path, "*" + SegmentFormat.Extension)
            .Select(f => (Path: f, Number: NumberOf(f))).OrderBy(f => f.Number).ToList();
        foreach (var (file, _) in files.Where(f => f.Number is null))
        {
            telling.NotASegment(file);
        }

        var numbered = files.Where(f => f.Number is not null).Select(f => (f.Path, Number: f.Number!.Value)).ToList();
        LatestId = numbered.Select(f => IdOf(f.Path)).LastOrDefault(id => id is not null);
        foreach (var (file, number) in numbered)
        {
            var segment = SegmentScan.Describe(file, number, LatestId ?? Guid.Empty, out var damagedHeader);
            Add(segment);
            if (damagedHeader)
            {
                telling.DamagedHeader(file);
            }
            else if (segment.IsNewer)
            {
                telling.Newer(file);
            }
            else if (segment.JournalId != LatestId)
            {
                telling.OtherJournal(file, segment.JournalId);
            }
        }
    }

    private static Guid? IdOf(string path)
    {
        using var file = SegmentScan.Open(path);
        Span<byte> header = stackalloc byte[SegmentFormat.HeaderBytes];
        var read = RandomAccess.Read(file, header, 0);
        return SegmentFormat.TryReadHeader(header[..read], out _, out var id) ? id : null;
    }

    private static long? NumberOf(string path) =>
        long.TryParse(System.IO.Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number > 0 ? number : null;

    // On Unix the lock of another process is EWOULDBLOCK, on Windows a sharing violation.
    private static bool IsHeld(IOException e) =>
        e.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11);
}
