using Npgsql;

namespace Analytics.Registry.Journal;

/// <summary>Where the feedback of a drained batch goes.</summary>
internal interface IFeedbackTable
{
    /// <summary>
    /// Stores the entries, in their order, in the connection's open transaction: the batch's predictions are in it already, the
    /// commit is the caller's. A later entry for the same prediction wins; an entry stored twice is there once.
    /// </summary>
    Task StoreAsync(NpgsqlConnection connection, IReadOnlyList<FeedbackEntry> entries, CancellationToken cancellationToken);
}
