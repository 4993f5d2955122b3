using Analytics.Registry.Journal.Segments;
using Npgsql;

namespace Analytics.Registry.Journal;

/// <summary>
/// Stores a batch whatever the database thinks of single records. When it is there and refuses the data, the batch is halved until
/// the record that it will never take is alone; that one is left out. One batch at a time.
/// </summary>
internal sealed class BatchWriter(PostgresHistory history)
{
    /// <summary>Stores all of the batch; after an exception a part of it may be stored, which the position in the database tells.</summary>
    /// <exception cref="JournalMovedException">Another process drains the same journal.</exception>
    public Task<StoredRows> StoreAsync(DrainBatch batch, IDrainProgress progress, CancellationToken cancellationToken) =>
        StoreAsync(batch, 0, batch.Frames.Count, progress, cancellationToken);

    private async Task<StoredRows> StoreAsync(
        DrainBatch batch, int first, int count, IDrainProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            return await TryStoreAsync(batch, first, count, onlyMove: false, progress, cancellationToken);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            if (count > 1)
            {
                if (count == batch.Frames.Count)
                {
                    progress.RefusedBatch(count, e);
                }

                var half = count / 2;
                return await StoreAsync(batch, first, half, progress, cancellationToken)
                    + await StoreAsync(batch, first + half, count - half, progress, cancellationToken);
            }

            var skipped = await TryStoreAsync(batch, first, count, onlyMove: true, progress, cancellationToken);
            progress.Refused(batch, batch.Frames[first], e);
            return skipped;
        }
    }

    private async Task<StoredRows> TryStoreAsync(
        DrainBatch batch, int first, int count, bool onlyMove, IDrainProgress progress, CancellationToken cancellationToken)
    {
        var stored = await history.StoreAsync(batch, first, count, onlyMove, progress.Committed(batch), cancellationToken);
        progress.Advance(batch, count, batch.Frames[first + count - 1].End);
        return stored;
    }

    // Class 22: data exception, 23: integrity violation. All else (no table yet, no disk, shutting down) may pass.
    private static bool IsRefusal(Exception e) =>
        e is InvalidDataException || (e is PostgresException { SqlState: var state }
            && (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal)));
}
