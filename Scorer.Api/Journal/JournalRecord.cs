using Analytics.Registry.Database;

namespace Analytics.Scorer.Api.Journal;

/// <summary>What the journal keeps: a request, with its rows where it was answered with predictions, or a feedback.</summary>
internal sealed class JournalRecord
{
    /// <summary>A request; <paramref name="rows"/> is null where it was refused.</summary>
    public JournalRecord(RequestRecord request, ScoredRows? rows)
    {
        Kind = rows is null ? JournalRecordKind.Rejected : JournalRecordKind.Scored;
        Request = request;
        Rows = rows;
    }

    /// <summary>A feedback.</summary>
    public JournalRecord(FeedbackEntry feedback)
    {
        Kind = JournalRecordKind.Feedback;
        Feedback = feedback;
    }

    public JournalRecordKind Kind { get; }

    /// <summary>The request; null for a feedback.</summary>
    public RequestRecord? Request { get; }

    /// <summary>The rows; null unless <see cref="JournalRecordKind.Scored"/>.</summary>
    public ScoredRows? Rows { get; }

    /// <summary>The feedback; null for a request.</summary>
    public FeedbackEntry? Feedback { get; }
}
