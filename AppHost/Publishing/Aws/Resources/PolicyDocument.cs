namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A policy of IAM.</summary>
internal sealed record PolicyDocument(params IReadOnlyList<Statement> Statement)
{
    /// <summary>Of the policy language.</summary>
    public string Version { get; } = "2012-10-17";
}
