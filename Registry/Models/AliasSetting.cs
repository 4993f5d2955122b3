using System.Globalization;

namespace Analytics.Registry.Models;

/// <summary>One setting of an alias: the current document, or one of the immutable past ones.</summary>
/// <param name="Version">The version that the alias names.</param>
/// <param name="Sequence">1 for the first setting, then one more each time.</param>
/// <param name="SetBy">Who set it: the API key's name, or the run.</param>
/// <param name="SetAt">When (UTC).</param>
/// <param name="Reason">Why, in the operator's words or the gate's.</param>
/// <param name="Share">
/// Of a challenger: the per cent of the routing keys that it answers, 0 to <see cref="MaxShare"/>; null as 0, it answers nobody.
/// </param>
public sealed record AliasSetting(int Version, long Sequence, string SetBy, DateTimeOffset SetAt, string Reason, double? Share = null)
{
    /// <summary>The largest share: a challenger that answers more than the champion is to be promoted instead.</summary>
    public const double MaxShare = 50;

    /// <summary>Null for a share that the alias may have, else the sentence that says why not.</summary>
    public static string? FindShareFault(string alias, double? share) =>
        share is null ? null
        : alias != AliasName.Challenger ? $"only alias '{AliasName.Challenger}' has a share; found {share.Value.ToString(CultureInfo.InvariantCulture)} for '{alias}'."
        : share is >= 0 and <= MaxShare ? null
        : $"expected a share of 0 to {MaxShare.ToString(CultureInfo.InvariantCulture)} per cent, found {share.Value.ToString(CultureInfo.InvariantCulture)}.";
}

/// <summary>How an alias is to be set.</summary>
/// <param name="Version">The version that it shall name.</param>
/// <param name="SetBy">Who sets it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Share">Of a challenger, its share.</param>
public sealed record AliasOrder(int Version, string SetBy, string Reason, double? Share = null);

/// <summary>The aliases with a meaning.</summary>
public static class AliasName
{
    /// <summary>The version that is served.</summary>
    public const string Champion = "champion";

    /// <summary>The version that is shadow-scored, and answers a share of the requests where it has one.</summary>
    public const string Challenger = "challenger";
}
