using Analytics.Registry.Models;
using Analytics.Scorer.Api.Serving;

namespace Analytics.Scorer.Api.Challengers;

/// <summary>A loaded challenger under one setting of its alias. Immutable but for what its lane tells.</summary>
internal sealed record Challenger(AliasSetting Setting, ShadowLane Lane)
{
    public Servable Servable => Lane.Servable;

    /// <summary>The share, in per cent, that it answers; none while the setting's own version is not loaded yet.</summary>
    public double Share => Setting.Version == Servable.Version && Lane.GivenUp is null ? Setting.Share ?? 0 : 0;

    /// <summary>True when it answers the caller with that key instead of the champion.</summary>
    public bool Answers(string key, Servable champion) =>
        Share is > 0 and var share && key.Length > 0
        && Lane.MappingFrom(champion.Signature).IsSame
        && RoutingKey.IsTaken(Servable.Model, key, share);

    /// <summary>Why its share is not answered, or its rows not scored; null where all is well.</summary>
    public string? FindProblem(Servable? champion) =>
        Lane.Problem
        ?? (Setting.Share > 0 && champion is not null && !Lane.MappingFrom(champion.Signature).IsSame
            ? "It answers nobody: its columns are not the champion's, so a caller's request would mean another thing."
            : null);
}
