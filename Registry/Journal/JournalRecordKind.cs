namespace Analytics.Registry.Journal;

/// <summary>What a record is. The numbers are part of the journal's file format and never change their meaning.</summary>
internal enum JournalRecordKind : byte
{
    /// <summary>A request that was answered with predictions, and its rows.</summary>
    Scored = 1,

    /// <summary>A request that was refused.</summary>
    Rejected = 2,

    /// <summary>The outcome of a prediction.</summary>
    Feedback = 3,

    /// <summary>Rows of a request that is still under way: its own record follows.</summary>
    Rows = 4,

    /// <summary>A request whose rows stand in records of their own, <see cref="Rows"/>, before it.</summary>
    Streamed = 5,

    /// <summary>Rows as a challenger would have answered them; the request itself is in another record.</summary>
    Shadow = 6,
}
