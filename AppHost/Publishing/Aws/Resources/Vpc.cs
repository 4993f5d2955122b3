using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A network of its own.</summary>
internal sealed record Vpc : IResourceProperties
{
    string IResourceProperties.Type => "AWS::EC2::VPC";

    public required Value CidrBlock { get; init; }

    public Value? EnableDnsSupport { get; init; }

    public Value? EnableDnsHostnames { get; init; }

    public IReadOnlyList<Tag>? Tags { get; init; }
}
