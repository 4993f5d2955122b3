using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A page of graphs.</summary>
internal sealed record Dashboard : IResourceProperties
{
    string IResourceProperties.Type => "AWS::CloudWatch::Dashboard";

    public Value? DashboardName { get; init; }

    public required Value DashboardBody { get; init; }
}
