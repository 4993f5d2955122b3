using System.Text.Json.Serialization;

namespace Analytics.Trainer.Worker.Data;

/// <summary>What a model is to predict, with each row's true value.</summary>
/// <param name="Name">The label column.</param>
public abstract record Target(string Name)
{
    /// <summary>The number of rows.</summary>
    public abstract int RowCount { get; }
}

/// <summary>Classes.</summary>
/// <param name="Name">The label column.</param>
/// <param name="Classes">The schema's order when it declares one; else ascending when all are whole numbers; else ordinal.</param>
/// <param name="Indexes">For each row its class.</param>
public sealed record ClassTarget(string Name, IReadOnlyList<string> Classes, int[] Indexes) : Target(Name)
{
    /// <summary>More classes than this are taken for a name, not for classes.</summary>
    public const int MostClasses = 1000;

    /// <inheritdoc/>
    public override int RowCount => Indexes.Length;
}

/// <summary>A number (regression).</summary>
/// <param name="Name">The label column.</param>
/// <param name="Values">For each row its value, finite.</param>
public sealed record NumberTarget(string Name, float[] Values) : Target(Name)
{
    /// <inheritdoc/>
    public override int RowCount => Values.Length;
}

/// <summary>The kind of a target, where an operator says it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TargetKind>))]
public enum TargetKind
{
    /// <summary>Classes, whatever the values look like.</summary>
    [JsonStringEnumMemberName("classes")]
    Classes,

    /// <summary>A number.</summary>
    [JsonStringEnumMemberName("number")]
    Number,
}
