namespace Analytics.Registry.Database;

/// <summary>
/// An order to erase what a client left in the history, and the audit of it. It stays in force for records up to
/// <see cref="RequestedAt"/> that arrive later, until retention would have dropped them anyway.
/// </summary>
public sealed class Erasure
{
    /// <summary>UUIDv7, so ids sort by time.</summary>
    public required Guid Id { get; init; }

    /// <summary>The client whose records go: the name of an API key, as in <see cref="RequestRecord.Client"/>.</summary>
    public required string Client { get; init; }

    /// <summary>Why; what the next operator reads.</summary>
    public required string Reason { get; init; }

    /// <summary>The name of the API key that ordered it.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>When it was ordered (UTC): records up to here are erased.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When all that was stored by then had been erased (UTC); null until then.</summary>
    public DateTimeOffset? CompletedAt { get; set; }

    /// <summary>When it was last looked for late records (UTC).</summary>
    public DateTimeOffset? AppliedAt { get; set; }

    /// <summary>Rows of <c>requests</c> erased so far.</summary>
    public long Requests { get; set; }

    /// <summary>Rows of <c>predictions</c> erased so far.</summary>
    public long Predictions { get; set; }

    /// <summary>Rows of <c>feedback</c> erased so far.</summary>
    public long Feedback { get; set; }
}
