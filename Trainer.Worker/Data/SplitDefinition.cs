using System.Text.Json.Serialization;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// How a data set is split (<c>datasets/{name}/split.json</c>), fixed at its first training. By hash, a row is held out when the
/// salted hash of its values in <paramref name="Columns"/> falls under <paramref name="HoldoutShare"/>: equal rows stay on one side,
/// and a row once held out is never trained on, whatever is added later. By group the one column is the group's, which stays on one
/// side. By time the latest rows are held out (<see cref="TimeSplit"/>).
/// </summary>
/// <param name="Salt">Mixed into the hash; the data set's name unless said otherwise.</param>
/// <param name="Columns">The feature columns that are hashed, in this order; or the one of the groups or times.</param>
/// <param name="HoldoutShare">The share held out, 0 to 1; 0.2 by default.</param>
public sealed record SplitDefinition(string Salt, IReadOnlyList<string> Columns, double HoldoutShare = 0.2)
{
    /// <summary>What decides.</summary>
    public SplitKind By { get; init; }
}

/// <summary>What decides which rows are held out.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SplitKind>))]
public enum SplitKind
{
    /// <summary>The hash of a row's values.</summary>
    [JsonStringEnumMemberName("hash")]
    Hash,

    /// <summary>The time: the latest rows are held out.</summary>
    [JsonStringEnumMemberName("time")]
    Time,

    /// <summary>The hash of the row's group.</summary>
    [JsonStringEnumMemberName("group")]
    Group,
}
