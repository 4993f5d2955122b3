namespace Analytics.EndToEnd.Tests;

/// <summary>How a test wants its application.</summary>
public sealed record AppHostSettings
{
    /// <summary>The data folder of an earlier application, to start on its data; null makes a new one that is deleted at the end.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Where PostgreSQL runs: <c>local</c> or <c>container</c>, as the file <c>mode</c> in the data folder has it.</summary>
    public string Postgres { get; init; } = "local";

    /// <summary>Settings of the AppHost: <c>Store:Url</c> and the like.</summary>
    public IReadOnlyDictionary<string, string> Configuration { get; init; } = new Dictionary<string, string>();

    /// <summary>Environment variables of the services: AWS credentials, settings of the scorer or the trainer.</summary>
    public IReadOnlyDictionary<string, string> ServiceEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>How long the start may take, samples trained and loaded.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(3);
}
