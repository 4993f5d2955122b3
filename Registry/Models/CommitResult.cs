namespace Analytics.Registry.Models;

/// <summary>The outcome of a commit.</summary>
/// <param name="Status">Whether this run's manifest is there.</param>
/// <param name="Manifest">The manifest that is there under the number.</param>
public sealed record CommitResult(CommitStatus Status, Manifest Manifest);

/// <summary>Whether a version was committed.</summary>
public enum CommitStatus
{
    /// <summary>The manifest of this run is there, by this call or an earlier one.</summary>
    Committed,

    /// <summary>Another run has the number: reserve the next and commit again.</summary>
    NumberTaken,
}
