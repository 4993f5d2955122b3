using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>The subnets of a database.</summary>
internal sealed record DbSubnetGroup : IResourceProperties
{
    string IResourceProperties.Type => "AWS::RDS::DBSubnetGroup";

    public required Value DBSubnetGroupDescription { get; init; }

    public required Values SubnetIds { get; init; }
}
