using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>One line of a route table.</summary>
internal sealed record Route : IResourceProperties
{
    string IResourceProperties.Type => "AWS::EC2::Route";

    public required Value RouteTableId { get; init; }

    public Value? DestinationCidrBlock { get; init; }

    public Value? GatewayId { get; init; }
}
