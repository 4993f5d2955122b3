using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A gateway at a network.</summary>
internal sealed record VpcGatewayAttachment : IResourceProperties
{
    string IResourceProperties.Type => "AWS::EC2::VPCGatewayAttachment";

    public required Value VpcId { get; init; }

    public Value? InternetGatewayId { get; init; }
}
