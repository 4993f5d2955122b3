using Analytics.Registry.Database;

namespace Analytics.Scorer.Api.Journal;

/// <summary>A request of the history, and its rows where it was answered with predictions. Immutable.</summary>
internal sealed class JournalRecord(RequestRecord request, ScoredRows? rows)
{
    /// <summary>What the objects of a record take beside the values.</summary>
    private const int FixedBytes = 400;

    public RequestRecord Request => request;

    /// <summary>The rows; null for a rejected request.</summary>
    public ScoredRows? Rows => rows;

    /// <summary>About how much memory it takes.</summary>
    public long Bytes { get; } = FixedBytes + (rows?.Bytes ?? 0) + (2 * (request.Error?.Length ?? 0));
}
