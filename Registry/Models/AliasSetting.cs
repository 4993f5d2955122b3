namespace Analytics.Registry.Models;

/// <summary>One setting of an alias: the current document, or one of the immutable past ones.</summary>
/// <param name="Version">The version that the alias names.</param>
/// <param name="Sequence">1 for the first setting, then one more each time.</param>
/// <param name="SetBy">Who set it: the API key's name, or the run.</param>
/// <param name="SetAt">When (UTC).</param>
/// <param name="Reason">Why, in the operator's words or the gate's.</param>
public sealed record AliasSetting(int Version, long Sequence, string SetBy, DateTimeOffset SetAt, string Reason);

/// <summary>The aliases with a meaning.</summary>
public static class AliasName
{
    /// <summary>The version that is served.</summary>
    public const string Champion = "champion";

    /// <summary>The version that is shadow-scored.</summary>
    public const string Challenger = "challenger";
}
