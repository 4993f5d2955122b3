using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>Where a subnet's packets go.</summary>
internal sealed record RouteTable : IResourceProperties
{
    string IResourceProperties.Type => "AWS::EC2::RouteTable";

    public required Value VpcId { get; init; }

    public IReadOnlyList<Tag>? Tags { get; init; }
}
