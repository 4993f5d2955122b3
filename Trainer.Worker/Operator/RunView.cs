using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>A training run as the API shows it.</summary>
internal sealed record RunView
{
    public required Guid Id { get; init; }

    public required string Model { get; init; }

    public required string Dataset { get; init; }

    public required string Algorithm { get; init; }

    public string? Label { get; init; }

    public IReadOnlyList<string>? Include { get; init; }

    public IReadOnlyList<string>? Exclude { get; init; }

    public required IReadOnlyDictionary<string, JsonElement> Parameters { get; init; }

    /// <summary>What else was asked; null: nothing.</summary>
    public TrainingChoices? Choices { get; init; }

    public required PromotePolicy Promote { get; init; }

    public required RunState State { get; init; }

    /// <summary>The stage it is in, or was in last.</summary>
    public string? Stage { get; init; }

    /// <summary>0 to 1.</summary>
    public required double Progress { get; init; }

    /// <summary>The rows trained on, once they are read.</summary>
    public long? Rows { get; init; }

    /// <summary>How many of them get through the whole attempt in a second, at the present pace.</summary>
    public double? RowsPerSecond { get; init; }

    /// <summary>What is left at that pace; null while it cannot be told.</summary>
    public double? RemainingSeconds { get; init; }

    public required int Attempt { get; init; }

    public required string RequestedBy { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public DateTimeOffset? CancelRequestedAt { get; init; }

    public string? CancelRequestedBy { get; init; }

    public string? Worker { get; init; }

    /// <summary>The version committed; null until the run has succeeded.</summary>
    public int? Version { get; init; }

    /// <summary>True when that version became champion.</summary>
    public bool? Promoted { get; init; }

    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    public GateVerdict? Gate { get; init; }

    public DataFingerprint? Data { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>Why it failed; on a queued run, why its last attempt did.</summary>
    public string? Error { get; init; }

    public string? TraceId { get; init; }

    /// <summary>True when nothing will change any more.</summary>
    internal bool Ended => State is RunState.Succeeded or RunState.Failed or RunState.Cancelled;

    public static RunView Of(TrainingRun run) => new()
    {
        Id = run.Id,
        Model = run.Model,
        Dataset = run.Dataset,
        Algorithm = run.Algorithm,
        Label = run.Label,
        Include = run.Include,
        Exclude = run.Exclude,
        Parameters = run.Parameters,
        Choices = run.Choices,
        Promote = run.Promote,
        State = run.State,
        Stage = run.Stage,
        Progress = run.Progress,
        Rows = run.Rows,
        RowsPerSecond = run.RowsPerSecond,
        RemainingSeconds = run.RemainingSeconds,
        Attempt = run.Attempt,
        RequestedBy = run.RequestedBy,
        RequestedAt = run.RequestedAt,
        StartedAt = run.StartedAt,
        EndedAt = run.EndedAt,
        CancelRequestedAt = run.CancelRequestedAt,
        CancelRequestedBy = run.CancelRequestedBy,
        Worker = run.Worker,
        Version = run.Result?.Version,
        Promoted = run.Result?.Promoted,
        Metrics = run.Result?.Metrics,
        Gate = run.Result?.Gate,
        Data = run.Result?.Data,
        Warnings = run.Result?.Warnings,
        Error = run.Error,
        TraceId = run.TraceId,
    };
}
