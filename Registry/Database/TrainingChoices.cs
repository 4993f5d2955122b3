using System.Text.Json;

namespace Analytics.Registry.Database;

/// <summary>What a run may say beyond its data, its algorithm and its policy; null: the default.</summary>
public sealed record TrainingChoices
{
    /// <summary>Whether the label is <c>classes</c> or a <c>number</c>; null: the data set's own, else inferred.</summary>
    public string? Target { get; init; }

    /// <summary>The metric that candidates are chosen by and the gate compares; null: log-loss, or RMSE for a number.</summary>
    public string? Metric { get; init; }

    /// <summary>The fits that a search may make; null: the search's default, and no search for a named algorithm.</summary>
    public int? Budget { get; init; }

    /// <summary>The seconds after which a search ends early; such a run need not repeat. Null: the search's default.</summary>
    public int? TimeLimit { get; init; }

    /// <summary>How much worse than the champion, relative to it, still counts as not worse; null: the gate's default.</summary>
    public double? Tolerance { get; init; }

    /// <summary>The least recall of a class with enough held-out rows, 0 to 1; null: none but what the champion has.</summary>
    public double? RecallFloor { get; init; }

    /// <summary>How rows are held out; null: as the data set says, else as at its first training.</summary>
    public SplitChoice? Split { get; init; }

    /// <summary>What the run says of the data over what the data set says, in the form of its <c>schema.json</c>; null: nothing.</summary>
    public JsonElement? Schema { get; init; }

    /// <summary>Why, in the operator's words; kept with the promotion.</summary>
    public string? Reason { get; init; }
}
