using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Journal;

/// <summary>
/// The journal in this process's memory, bounded by records and bytes. It survives an outage of the database, not the end
/// of the process. One reader takes batches and says when they are stored; until then they count as backlog.
/// </summary>
internal sealed class MemoryJournal : IPredictionJournal
{
    private readonly ConcurrentQueue<JournalRecord> _records = new();
    private readonly JournalOptions _options;
    private readonly JournalMetrics _metrics;
    private long _count;
    private long _bytes;

    public MemoryJournal(IOptions<JournalOptions> options, JournalMetrics metrics)
    {
        _options = options.Value;
        _metrics = metrics;
        metrics.ObserveBacklog(() => Count, () => Volatile.Read(ref _bytes));
    }

    /// <summary>The records not yet stored.</summary>
    public long Count => Volatile.Read(ref _count);

    public bool HasRoom => _options.WhenFull == JournalFullPolicy.DropOldest || IsWithin(1);

    public ValueTask<bool> AppendAsync(JournalRecord record)
    {
        // Half of the room is for predictions alone: a flood of bad requests must not turn good ones away.
        var hasRoom = record.Kind == JournalRecordKind.Rejected ? IsWithin(0.5) : IsWithin(1);
        if (!hasRoom && (record.Kind == JournalRecordKind.Rejected || !TryMakeRoom()))
        {
            if (record.Kind == JournalRecordKind.Rejected)
            {
                _metrics.Dropped(1, "rejected-request");
            }

            return ValueTask.FromResult(false);
        }

        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _bytes, record.Bytes);
        _records.Enqueue(record);
        return ValueTask.FromResult(true);
    }

    /// <summary>Takes the next record, which stays in the backlog until <see cref="Stored"/>.</summary>
    public bool TryTake([NotNullWhen(true)] out JournalRecord? record) => _records.TryDequeue(out record);

    /// <summary>The records taken are in the database, or will never be: they leave the backlog.</summary>
    public void Stored(IReadOnlyList<JournalRecord> records)
    {
        foreach (var record in records)
        {
            Leave(record);
        }
    }

    // Checked before a record is added, so threads that append at the same moment may go over the bound by one record each.
    private bool IsWithin(double share) =>
        Volatile.Read(ref _count) < _options.MaxRecords * share && Volatile.Read(ref _bytes) < _options.MaxBytes * share;

    private bool TryMakeRoom()
    {
        if (_options.WhenFull != JournalFullPolicy.DropOldest)
        {
            return false;
        }

        while (!IsWithin(1))
        {
            if (!_records.TryDequeue(out var oldest))
            {
                // All that is left is being written right now and leaves soon: over the bound by this one record.
                break;
            }

            Leave(oldest);
            _metrics.Dropped(1, "oldest");
        }

        return true;
    }

    private void Leave(JournalRecord record)
    {
        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -record.Bytes);
    }
}
