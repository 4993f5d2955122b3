using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A load balancer.</summary>
internal sealed record LoadBalancer : IResourceProperties
{
    string IResourceProperties.Type => "AWS::ElasticLoadBalancingV2::LoadBalancer";

    public Value? Name { get; init; }

    public Value? Type { get; init; }

    public Value? Scheme { get; init; }

    public Values? Subnets { get; init; }

    public Values? SecurityGroups { get; init; }

    public IReadOnlyList<Attribute>? LoadBalancerAttributes { get; init; }

    public sealed record Attribute(Value Key, Value Value);
}
