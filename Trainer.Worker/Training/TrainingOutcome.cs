using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Trainer.Worker.Training;

/// <summary>
/// What an attempt gave, as <c>outcome.json</c> in its work folder: either <see cref="Error"/>, a sentence an operator can act
/// on, or everything a manifest needs.
/// </summary>
public sealed record TrainingOutcome
{
    /// <summary>The name of the outcome's file.</summary>
    public const string FileName = "outcome.json";

    /// <summary>Why there is no model; null on success.</summary>
    public string? Error { get; init; }

    public TrainedModel? Trained { get; init; }
}

/// <summary>A trained, exported and checked model, not yet committed.</summary>
public sealed record TrainedModel
{
    public required string Algorithm { get; init; }

    /// <summary>All parameters with the values used, defaults included.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Parameters { get; init; }

    public required Signature Signature { get; init; }

    /// <summary>On the hold-out, by the names in <see cref="MetricName"/>. Empty when nothing was held out.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    public required DataFingerprint Data { get; init; }

    /// <summary>The split used; stored with the data set when it had none.</summary>
    public required SplitDefinition Split { get; init; }

    /// <summary>Role (see <see cref="FileRole"/>) and path in the work folder.</summary>
    public required IReadOnlyDictionary<string, string> Files { get; init; }

    /// <summary>Null when there was no champion.</summary>
    public ChampionEvaluation? Champion { get; init; }

    /// <summary>What in the signature would break the champion's callers; null: nothing, or there is no champion.</summary>
    public string? SignatureChange { get; init; }

    /// <summary>The numbers for the gate; null when nothing was held out.</summary>
    public GateEvidence? Evidence { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>The reigning champion on the candidate's hold-out rows.</summary>
/// <param name="Version">Its version.</param>
/// <param name="NotComparable">Why the two cannot be compared (another split, another label …); null when they can.</param>
/// <param name="Metrics">Its metrics on the same rows; empty when not comparable.</param>
public sealed record ChampionEvaluation(int Version, string? NotComparable, IReadOnlyDictionary<string, double> Metrics);
