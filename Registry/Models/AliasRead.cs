using Analytics.Registry.Store;

namespace Analytics.Registry.Models;

/// <summary>An alias as read.</summary>
/// <param name="Status">Found, not modified since the ETag given, or never set.</param>
/// <param name="Setting">The setting where found.</param>
/// <param name="ETag">The tag to read or move it with.</param>
public sealed record AliasRead(ReadStatus Status, AliasSetting? Setting, string? ETag);

/// <summary>The outcome of moving an alias.</summary>
/// <param name="Changed">False when somebody else moved it first.</param>
/// <param name="Setting">The setting that is there now.</param>
public sealed record AliasChange(bool Changed, AliasSetting? Setting);
