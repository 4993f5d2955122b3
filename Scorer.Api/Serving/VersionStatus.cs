using System.Text.Json.Serialization;

namespace Analytics.Scorer.Api.Serving;

/// <summary>What became of a version in this scorer.</summary>
/// <param name="Version">The version.</param>
/// <param name="State">Its state.</param>
/// <param name="Reason">Why it failed, or why it is not gone yet.</param>
/// <param name="Since">When it came into this state (UTC).</param>
/// <param name="Attempts">How many loads in a row failed.</param>
/// <param name="NextAttempt">When a failed one is tried again (UTC), unless the alias is set anew before.</param>
/// <param name="Engine">What answers, where ready.</param>
public sealed record VersionStatus(
    int Version,
    VersionState State,
    string? Reason,
    DateTimeOffset Since,
    int Attempts = 0,
    DateTimeOffset? NextAttempt = null,
    string? Engine = null);

/// <summary>The life of a version in a scorer.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<VersionState>))]
public enum VersionState
{
    /// <summary>Being fetched, verified and loaded.</summary>
    [JsonStringEnumMemberName("loading")]
    Loading,

    /// <summary>Loaded and verified: it answers.</summary>
    [JsonStringEnumMemberName("ready")]
    Ready,

    /// <summary>Could not be loaded; tried again with growing delays.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>Was loaded and has been replaced.</summary>
    [JsonStringEnumMemberName("retired")]
    Retired,
}
