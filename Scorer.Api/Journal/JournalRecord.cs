using Analytics.Registry.Database;
using Analytics.Registry.Journal;

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

    private JournalRecord(JournalRecordKind kind, RequestRecord request, ScoredRows? rows, int firstRow)
    {
        Kind = kind;
        Request = request;
        Rows = rows;
        FirstRow = firstRow;
    }

    /// <summary>A feedback.</summary>
    public JournalRecord(FeedbackEntry feedback)
    {
        Kind = JournalRecordKind.Feedback;
        Feedback = feedback;
    }

    public JournalRecordKind Kind { get; }

    /// <summary>The index, in its request, of the first of the rows.</summary>
    public int FirstRow { get; }

    /// <summary>The request; null for a feedback.</summary>
    public RequestRecord? Request { get; }

    /// <summary>The rows; null for a record without rows.</summary>
    public ScoredRows? Rows { get; }

    /// <summary>The feedback; null for a request.</summary>
    public FeedbackEntry? Feedback { get; }

    /// <summary>
    /// Some rows of a request that is not at its end: <paramref name="request"/> says what the rows have in common and how many
    /// they are.
    /// </summary>
    public static JournalRecord Piece(RequestRecord request, ScoredRows rows, int firstRow) =>
        new(JournalRecordKind.Rows, request, rows, firstRow);

    /// <summary>
    /// What a challenger would have answered to rows of a request, from <paramref name="firstRow"/> on. Of these only so many are
    /// kept that they never take the room of predictions.
    /// </summary>
    public static JournalRecord Shadow(RequestRecord request, ScoredRows rows, int firstRow) =>
        new(JournalRecordKind.Shadow, request, rows, firstRow);

    /// <summary>The request whose pieces these were.</summary>
    public static JournalRecord Streamed(RequestRecord request) => new(JournalRecordKind.Streamed, request, null, 0);
}
