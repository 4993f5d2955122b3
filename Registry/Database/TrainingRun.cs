using System.Text.Json;
using Analytics.Registry.Models;

namespace Analytics.Registry.Database;

/// <summary>
/// One row is the request, the state, the progress and the result of a training run, so nothing has to be reconciled.
/// The queue is this table: see the trainer's run queue for how it is claimed.
/// </summary>
public sealed class TrainingRun
{
    /// <summary>UUIDv7, so ids sort by time.</summary>
    public required Guid Id { get; init; }

    /// <summary>The model to make a version of.</summary>
    public required string Model { get; init; }

    /// <summary>The data set to train on.</summary>
    public required string Dataset { get; init; }

    /// <summary>The algorithm asked for.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The label column; null means the data set's own.</summary>
    public string? Label { get; init; }

    /// <summary>The columns to use; null means the data set's own choice.</summary>
    public IReadOnlyList<string>? Include { get; init; }

    /// <summary>The columns to leave out; null means the data set's own choice.</summary>
    public IReadOnlyList<string>? Exclude { get; init; }

    /// <summary>The algorithm's parameters as asked, by name.</summary>
    public required Dictionary<string, JsonElement> Parameters { get; init; }

    /// <summary>What else was asked; null: nothing.</summary>
    public TrainingChoices? Choices { get; init; }

    /// <summary>Whether the version may become champion.</summary>
    public required PromotePolicy Promote { get; init; }

    /// <summary>The name of the API key that asked.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>When it was asked (UTC).</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>The caller's key that makes a repeated request the same run; unique.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The W3C traceparent of the request, so that the run's trace continues the caller's.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Where the run is in its life.</summary>
    public RunState State { get; set; } = RunState.Queued;

    /// <summary>How often it was claimed.</summary>
    public int Attempt { get; set; }

    /// <summary>The worker that holds or held it.</summary>
    public string? Worker { get; set; }

    /// <summary>The lease's token: a worker without it changes nothing.</summary>
    public Guid? LeaseToken { get; set; }

    /// <summary>When the lease ends unless the worker's heartbeat extends it (UTC).</summary>
    public DateTimeOffset? LeaseExpiresAt { get; set; }

    /// <summary>When the latest attempt started (UTC).</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>When it ended (UTC).</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>The stage it is in: <c>read</c>, <c>split</c>, <c>fit</c>, <c>export</c>, <c>evaluate</c>, <c>commit</c>.</summary>
    public string? Stage { get; set; }

    /// <summary>How much is done, 0 to 1.</summary>
    public double Progress { get; set; }

    /// <summary>How many rows it trains on; null until they are read.</summary>
    public long? Rows { get; set; }

    /// <summary>How many of them get through the whole attempt in a second, at the present stage's pace.</summary>
    public double? RowsPerSecond { get; set; }

    /// <summary>What is left at that pace, in seconds; null while it cannot be told.</summary>
    public double? RemainingSeconds { get; set; }

    /// <summary>When an operator asked to cancel it (UTC).</summary>
    public DateTimeOffset? CancelRequestedAt { get; set; }

    /// <summary>Who asked to cancel it.</summary>
    public string? CancelRequestedBy { get; set; }

    /// <summary>The version number reserved under the lease, and after success the version committed.</summary>
    public int? Version { get; set; }

    /// <summary>Metrics, gate verdict, warnings; set on success.</summary>
    public RunResult? Result { get; set; }

    /// <summary>Why it failed, in a sentence that an operator can act on.</summary>
    public string? Error { get; set; }

    /// <summary>The trace of the latest attempt, 32 hexadecimal digits.</summary>
    public string? TraceId { get; set; }
}

/// <summary>What a successful run gave.</summary>
/// <param name="Version">The version committed.</param>
/// <param name="Promoted">True when it became champion.</param>
/// <param name="Metrics">Metrics on the hold-out.</param>
/// <param name="Gate">The verdict.</param>
/// <param name="Data">Row counts and fingerprint.</param>
/// <param name="Warnings">Sentences an operator should see.</param>
public sealed record RunResult(
    int Version,
    bool Promoted,
    IReadOnlyDictionary<string, double> Metrics,
    GateVerdict? Gate,
    DataFingerprint? Data,
    IReadOnlyList<string> Warnings);

/// <summary>The life of a run: queued → running → succeeded, failed or cancelled.</summary>
public enum RunState
{
    /// <summary>Waiting for a worker.</summary>
    Queued,

    /// <summary>Held by a worker's lease.</summary>
    Running,

    /// <summary>Ended with a committed version.</summary>
    Succeeded,

    /// <summary>Ended with an error.</summary>
    Failed,

    /// <summary>Ended because an operator asked.</summary>
    Cancelled,
}

/// <summary>What a run may do with the champion alias.</summary>
public enum PromotePolicy
{
    /// <summary>Promote when the gate says so.</summary>
    Auto,

    /// <summary>Commit the version, leave the alias.</summary>
    Never,

    /// <summary>Promote only what the gate finds better than the champion.</summary>
    Better,

    /// <summary>Promote whatever the gate says; recorded as such.</summary>
    Force,
}
