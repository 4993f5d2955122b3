using Analytics.Registry.Journal;
using Analytics.Registry.Journal.Segments;
using Analytics.Scorer.Api.Journal.Records;
using Analytics.Scorer.Api.Journal.Segments;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Journal;

/// <summary>
/// The journal in files on a local disk (docs/journal.md): what it keeps survives the process. A record is one write into the
/// page cache, without a thread in between. What the bound or the disk does not allow is refused or dropped as configured,
/// told and counted; it tries again by itself.
/// </summary>
internal sealed partial class DiskJournal : IPredictionJournal, IDisposable
{
    private const string FullObstacle = "the journal is full, the database has been away for long.";
    private const string DiskObstacle = "the journal's disk is full or cannot be written.";

    /// <summary>The share of the room that rejected requests may fill.</summary>
    private const int SpareShare = 2;
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly JournalOptions _options;
    private readonly JournalMetrics _metrics;
    private readonly JournalTelling _telling;
    private readonly TimeProvider _time;
    private readonly ILogger<DiskJournal> _logger;
    private readonly Lock _gate = new();
    private readonly List<JournalSlot> _leftovers = [];
    private readonly JournalFlusher? _flusher;
    private readonly ITimer _retry;
    private readonly int _segmentBytes;
    private JournalSlot? _own;
    private SegmentWriter? _writer;
    private Guid _id;
    private uint _seed;
    private string? _obstacle;
    private bool _isBlocked;
    private bool _isSealLost;
    private bool _isDisposed;

    public DiskJournal(IOptions<JournalOptions> options, JournalMetrics metrics, TimeProvider time, ILogger<DiskJournal> logger)
    {
        _options = options.Value;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _telling = new JournalTelling(logger, metrics);
        _segmentBytes = (int)Math.Min(_options.SegmentBytes, _options.MaxBytes / 8);
        _flusher = _options.Flush == JournalFlush.Os ? null : new JournalFlusher(_options, FlushWriter);
        _retry = time.CreateTimer(_ => TryAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (_gate)
        {
            if (TryOpen())
            {
                TryRoll(0);
            }
        }

        metrics.ObserveBacklog(() => Count, () => BacklogBytes, () => OldestAge.TotalSeconds, () => DiskBytes);
    }

    public string? Obstacle => _options.WhenFull == JournalFullPolicy.Block ? Volatile.Read(ref _obstacle) : null;

    /// <summary>The records that are not in the database yet.</summary>
    public long Count => Sum(s => s.Records - s.Settled);

    /// <summary>What those take.</summary>
    public long BacklogBytes => Sum(s => s.IsNewer ? 0 : s.Readable - s.SettledOffset);

    /// <summary>What the segments take of the disk, room reserved for records to come included.</summary>
    public long DiskBytes => Sum(s => s.DiskBytes);

    /// <summary>How long the oldest record has waited to be stored; zero when none does.</summary>
    public TimeSpan OldestAge
    {
        get
        {
            var oldest = Slots.Select(s => s.FindOldest()).Where(t => t is not null).Min();
            return oldest is { } time && _time.GetUtcNow() is var now && now > time ? now - time : TimeSpan.Zero;
        }
    }

    /// <summary>What is to be drained: the slots left by other processes, and this one's own.</summary>
    public IReadOnlyList<JournalSlot> Slots
    {
        get
        {
            lock (_gate)
            {
                return _own is null ? [] : [.. _leftovers, _own];
            }
        }
    }

    public JournalTelling Telling => _telling;

    public ValueTask<bool> AppendAsync(JournalRecord record)
    {
        var buffer = FrameBuffer.Start();
        RecordEncoder.Write(buffer, record);
        lock (_gate)
        {
            if (TryAppend(buffer.Frame, record.Kind))
            {
                return _flusher is null ? ValueTask.FromResult(true) : _flusher.WrittenAsync();
            }
        }

        if (record.Kind == JournalRecordKind.Rejected)
        {
            _metrics.Dropped(1, "rejected-request");
            return ValueTask.FromResult(false);
        }

        // Who scores beside the answer counts what is not kept.
        if (_options.WhenFull == JournalFullPolicy.Block || record.Kind == JournalRecordKind.Shadow)
        {
            return ValueTask.FromResult(false);
        }

        _metrics.Dropped(1, "disk");
        return ValueTask.FromResult(true);
    }

    /// <summary>True for the slot that this process writes in.</summary>
    public bool IsOwn(JournalSlot slot) => slot == _own;

    /// <summary>The segment is stored, or nothing can be read from it: its room is free again.</summary>
    public void Free(JournalSlot slot, SegmentFile segment)
    {
        lock (slot.Gate)
        {
            slot.Forget(segment);
        }

        JournalSlot.Delete(segment, _telling);
        if (Volatile.Read(ref _obstacle) is not null)
        {
            TryAgain();
        }
    }

    /// <summary>Lets go of a slot of another process in which nothing is left that this version can store.</summary>
    public void Release(JournalSlot slot)
    {
        lock (_gate)
        {
            _leftovers.Remove(slot);
        }

        slot.Dispose();
    }

    /// <summary>Takes what processes have left that ended after this one had started.</summary>
    public void Adopt()
    {
        var found = new List<JournalSlot>();
        try
        {
            JournalFolder.ClaimLeft(_options.Folder, _telling, found);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _telling.CannotRead(_options.Folder, e);
        }

        foreach (var slot in found)
        {
            JournalLog.Adopted(_logger, slot.Path, slot.Segments.Sum(s => s.Records));
        }

        lock (_gate)
        {
            _leftovers.AddRange(found);
        }
    }

    /// <summary>Ends the segment that is written, so that the next start knows it as whole. A later record begins another.</summary>
    public void Seal()
    {
        lock (_gate)
        {
            EndWriter();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _retry.Dispose();
            EndWriter();
            foreach (var slot in _leftovers.Append(_own))
            {
                slot?.Dispose();
            }
        }

        _flusher?.Dispose();
    }

    private long Sum(Func<SegmentFile, long> value)
    {
        var sum = 0L;
        foreach (var slot in Slots)
        {
            lock (slot.Gate)
            {
                sum += slot.Segments.Sum(value);
            }
        }

        return sum;
    }
}
