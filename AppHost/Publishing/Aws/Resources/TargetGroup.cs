using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>Those who answer for a load balancer.</summary>
internal sealed record TargetGroup : IResourceProperties
{
    string IResourceProperties.Type => "AWS::ElasticLoadBalancingV2::TargetGroup";

    public Value? Name { get; init; }

    public Value? VpcId { get; init; }

    public Value? TargetType { get; init; }

    public Value? Protocol { get; init; }

    public Value? Port { get; init; }

    public Value? HealthCheckPath { get; init; }

    public Value? HealthCheckIntervalSeconds { get; init; }

    public Value? HealthCheckTimeoutSeconds { get; init; }

    public Value? HealthyThresholdCount { get; init; }

    public Value? UnhealthyThresholdCount { get; init; }

    public IReadOnlyList<Attribute>? TargetGroupAttributes { get; init; }

    public sealed record Attribute(Value Key, Value Value);
}
