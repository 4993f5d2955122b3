using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>Which route table a subnet uses.</summary>
internal sealed record SubnetRouteTableAssociation : IResourceProperties
{
    string IResourceProperties.Type => "AWS::EC2::SubnetRouteTableAssociation";

    public required Value SubnetId { get; init; }

    public required Value RouteTableId { get; init; }
}
