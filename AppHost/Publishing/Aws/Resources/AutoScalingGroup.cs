using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A group of instances.</summary>
internal sealed record AutoScalingGroup : IResourceProperties
{
    string IResourceProperties.Type => "AWS::AutoScaling::AutoScalingGroup";

    public Value? AutoScalingGroupName { get; init; }

    public required Value MinSize { get; init; }

    public required Value MaxSize { get; init; }

    public required Values VPCZoneIdentifier { get; init; }

    public required TemplateVersion LaunchTemplate { get; init; }

    public Values? TargetGroupARNs { get; init; }

    public Value? HealthCheckType { get; init; }

    public Value? HealthCheckGracePeriod { get; init; }

    public Value? DefaultInstanceWarmup { get; init; }

    public Maintenance? InstanceMaintenancePolicy { get; init; }

    public IReadOnlyList<LifecycleHook>? LifecycleHookSpecificationList { get; init; }

    public IReadOnlyList<Collection>? MetricsCollection { get; init; }

    public IReadOnlyList<GroupTag>? Tags { get; init; }

    public sealed record TemplateVersion(Value LaunchTemplateId, Value Version);

    public sealed record Maintenance(Value MinHealthyPercentage, Value MaxHealthyPercentage);

    public sealed record LifecycleHook(Value LifecycleHookName, Value LifecycleTransition, Value HeartbeatTimeout, Value DefaultResult);

    public sealed record Collection(Value Granularity, Values Metrics);

    public sealed record GroupTag(Value Key, Value Value, Value PropagateAtLaunch);
}
