using Analytics.Registry.Journal;
using Analytics.Registry.Journal.Segments;
using Analytics.Registry.Store;
using Analytics.Scorer.Api.Journal.Segments;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Journal;

/// <summary>
/// Puts what the database does not have into the store when the service stops, for a machine whose disk ends with it
/// (<see cref="JournalOptions.HandOver"/>). The segments go there as they are, the oldest first, so that what is there has no gap
/// before it; the position up to which they are stored is the database's. The files stay here too: whoever stores a record first moves
/// the position, and the other one sees it.
/// </summary>
internal sealed class JournalHandOver(
    DiskJournal journal, IModelStore store, JournalMetrics metrics, IOptions<JournalOptions> options, IOptions<HostOptions> host,
    ILogger<JournalHandOver> logger)
{
    /// <summary>
    /// Ends the draining in time for the hand-over: after a quarter of the whole stop, of which requests may have taken a half.
    /// </summary>
    public void KeepTime(CancellationTokenSource draining)
    {
        if (options.Value.HandOver)
        {
            draining.CancelAfter(host.Value.ShutdownTimeout / 4);
        }
    }

    /// <summary>Puts what is left, where that is wanted. What could not be put stays for the next start, and is told.</summary>
    public async Task HandOverAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.HandOver)
        {
            return;
        }

        var left = journal.Count;
        var handedOver = 0L;
        foreach (var slot in journal.Slots)
        {
            try
            {
                handedOver += await PutAsync(slot, cancellationToken);
            }
            catch (Exception e) when (e is StoreException or IOException or UnauthorizedAccessException or OperationCanceledException)
            {
                JournalLog.CannotHandOver(logger, e, store.Location, left - handedOver, slot.Path);
            }
        }

        metrics.HandedOver(handedOver);
        if (handedOver > 0)
        {
            JournalLog.HandedOver(logger, handedOver, store.Location);
        }
    }

    private async Task<long> PutAsync(JournalSlot slot, CancellationToken cancellationToken)
    {
        SegmentFile[] segments;
        lock (slot.Gate)
        {
            // Of a newer format nothing is known, so it goes there whole, for a trainer of that version.
            segments = [.. slot.Segments.Where(s => s.IsNewer || s.SettledOffset < s.Readable)];
        }

        var records = 0L;
        foreach (var segment in segments)
        {
            await store.PutFileAsync(HandedOverKeys.Segment(segment.JournalId, segment.Number), segment.Path, cancellationToken);
            records += segment.Records - segment.Settled;
        }

        return records;
    }
}
