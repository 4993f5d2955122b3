using System.Globalization;

namespace Analytics.AppHost.Publishing.Docker;

/// <summary>What differs between the places where the same services run by Compose.</summary>
internal sealed record ComposePlace
{
    /// <summary>The comments at the top of the file.</summary>
    public required IReadOnlyList<string> Heading { get; init; }

    /// <summary>Whether images may be built there, and so have a name of their own; else they are given, by digest.</summary>
    public bool BuildsImages { get; init; }

    /// <summary>The file beside the compose file that every service sees, and where; none: no file.</summary>
    public (string File, string Path)? Shared { get; init; }

    /// <summary>The variables that the collector reads.</summary>
    public required IReadOnlyList<DeploymentVariable> CollectorVariables { get; init; }

    /// <summary>The most memory that a service may use.</summary>
    public Func<DeployedService, string> Memory { get; init; } = service => string.Create(CultureInfo.InvariantCulture, $"{service.MemoryMiB}m");
}
