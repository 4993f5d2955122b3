namespace Analytics.Scorer.Api.Journal;

/// <summary>
/// Keeps what was asked and answered until the database has it. A handler appends the record and then answers, so a
/// prediction that was answered is in the journal. Any number of threads.
/// </summary>
internal interface IPredictionJournal
{
    /// <summary>False when a prediction cannot be recorded now: the request is refused before it is scored.</summary>
    bool HasRoom => Obstacle is null;

    /// <summary>Why a prediction cannot be recorded now, in words for the caller; null when it can.</summary>
    string? Obstacle { get; }

    /// <summary>
    /// Appends the record; true when it is kept. False when there is no room: a prediction must not be answered then. Of
    /// rejected requests only so many are kept that they never take the room of predictions. What the record refers to
    /// may change again when the task has ended.
    /// </summary>
    ValueTask<bool> AppendAsync(JournalRecord record);
}
