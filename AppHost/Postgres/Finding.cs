namespace Analytics.AppHost.Postgres;

/// <summary>What a look around this machine found.</summary>
/// <param name="Found">True when it can be used.</param>
/// <param name="Detail">What was found, or why it cannot be used, for a person to read.</param>
internal sealed record Finding(bool Found, string Detail);
