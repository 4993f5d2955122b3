using Analytics.ServiceDefaults;

namespace Analytics.Scorer.Api.Protocols.OpenInference;

/// <summary>What the server says of itself.</summary>
internal static class ServerDescription
{
    public const string Name = "analytics-scorer";

    /// <summary>Triton's extension; of its calls the index is here, for the store decides what is loaded.</summary>
    public const string RepositoryExtension = "model_repository";

    public static string Version => ServiceVersion.Current;
}
