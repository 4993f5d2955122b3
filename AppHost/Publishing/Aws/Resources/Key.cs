using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A key that encrypts.</summary>
internal sealed record Key : IResourceProperties
{
    string IResourceProperties.Type => "AWS::KMS::Key";

    public Value? Description { get; init; }

    public Value? EnableKeyRotation { get; init; }

    public required PolicyDocument KeyPolicy { get; init; }
}
