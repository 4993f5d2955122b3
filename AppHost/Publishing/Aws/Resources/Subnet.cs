using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A part of a network, in one zone.</summary>
internal sealed record Subnet : IResourceProperties
{
    string IResourceProperties.Type => "AWS::EC2::Subnet";

    public required Value VpcId { get; init; }

    public Value? AvailabilityZone { get; init; }

    public Value? CidrBlock { get; init; }

    public Value? MapPublicIpOnLaunch { get; init; }

    public IReadOnlyList<Tag>? Tags { get; init; }
}
