using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A way to a service of AWS that stays inside the region.</summary>
internal sealed record VpcEndpoint : IResourceProperties
{
    string IResourceProperties.Type => "AWS::EC2::VPCEndpoint";

    public required Value VpcId { get; init; }

    public required Value ServiceName { get; init; }

    public Value? VpcEndpointType { get; init; }

    public Values? RouteTableIds { get; init; }
}
