using System.Text.Json;
using Analytics.Registry.Database;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>A training run to be queued; its values are checked already.</summary>
public sealed record RunRequest
{
    /// <summary>The model to make a version of.</summary>
    public required string Model { get; init; }

    /// <summary>The data set to train on.</summary>
    public required string Dataset { get; init; }

    /// <summary>The algorithm.</summary>
    public required string Algorithm { get; init; }

    /// <summary>Who asks.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>The label column; null means the data set's own.</summary>
    public string? Label { get; init; }

    /// <summary>The columns to use; null means the data set's own choice.</summary>
    public IReadOnlyList<string>? Include { get; init; }

    /// <summary>The columns to leave out; null means the data set's own choice.</summary>
    public IReadOnlyList<string>? Exclude { get; init; }

    /// <summary>The algorithm's parameters by name.</summary>
    public IReadOnlyDictionary<string, JsonElement> Parameters { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Whether the version may become champion.</summary>
    public PromotePolicy Promote { get; init; } = PromotePolicy.Auto;

    /// <summary>What else is asked; null: nothing.</summary>
    public TrainingChoices? Choices { get; init; }

    /// <summary>Makes a repeated request the same run.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The W3C traceparent of the request.</summary>
    public string? TraceParent { get; init; }

    /// <summary>
    /// True when <paramref name="run"/> is what this request asks for: a repeated key with another request is a mistake of
    /// the caller, not a repetition.
    /// </summary>
    public bool Matches(TrainingRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Model == Model && run.Dataset == Dataset && run.Algorithm == Algorithm && run.Label == Label && run.Promote == Promote
            && JsonElement.DeepEquals(JsonSerializer.SerializeToElement(run.Choices), JsonSerializer.SerializeToElement(Choices)) && SameNames(run.Include, Include) && SameNames(run.Exclude, Exclude)
            && run.Parameters.Count == Parameters.Count
            && run.Parameters.All(p => Parameters.TryGetValue(p.Key, out var value) && JsonElement.DeepEquals(p.Value, value));
    }

    private static bool SameNames(IReadOnlyList<string>? left, IReadOnlyList<string>? right) =>
        left is null || right is null ? left is null && right is null : left.SequenceEqual(right, StringComparer.Ordinal);
}
