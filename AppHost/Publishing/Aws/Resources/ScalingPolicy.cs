using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>How a group grows and shrinks.</summary>
internal sealed record ScalingPolicy : IResourceProperties
{
    string IResourceProperties.Type => "AWS::AutoScaling::ScalingPolicy";

    public required Value AutoScalingGroupName { get; init; }

    public Value? PolicyType { get; init; }

    public Value? AdjustmentType { get; init; }

    public Value? MetricAggregationType { get; init; }

    public Value? EstimatedInstanceWarmup { get; init; }

    public IReadOnlyList<Step>? StepAdjustments { get; init; }

    public TargetTracking? TargetTrackingConfiguration { get; init; }

    public sealed record Step(Value MetricIntervalLowerBound, Value ScalingAdjustment);

    public sealed record TargetTracking(PredefinedMetric PredefinedMetricSpecification, Value TargetValue);

    public sealed record PredefinedMetric(Value PredefinedMetricType);
}
