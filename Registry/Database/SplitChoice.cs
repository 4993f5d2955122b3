using System.ComponentModel;

namespace Analytics.Registry.Database;

/// <summary>How rows are to be held out, where somebody asks for it.</summary>
/// <param name="By"><c>hash</c> (of a row's values), <c>time</c> (the latest) or <c>group</c> (all rows of a group on one side).</param>
/// <param name="Column">The column of the times or groups; none for <c>hash</c>.</param>
/// <param name="Share">The share held out, 0.05 to 0.5; null: 0.2.</param>
public sealed record SplitChoice(
    [property: Description("hash, time or group.")] string By,
    [property: Description("The column of the times or groups; none for hash.")] string? Column = null,
    [property: Description("The share held out, 0.05 to 0.5; 0.2 when absent.")] double? Share = null);
