using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>An alarm.</summary>
internal sealed record Alarm : IResourceProperties
{
    string IResourceProperties.Type => "AWS::CloudWatch::Alarm";

    public Value? AlarmName { get; init; }

    public Value? AlarmDescription { get; init; }

    public Value? Namespace { get; init; }

    public Value? MetricName { get; init; }

    public IReadOnlyList<Dimension>? Dimensions { get; init; }

    public Value? Statistic { get; init; }

    public Value? Unit { get; init; }

    public Value? Period { get; init; }

    public Value? EvaluationPeriods { get; init; }

    public Value? Threshold { get; init; }

    public Value? ComparisonOperator { get; init; }

    public Value? TreatMissingData { get; init; }

    public Values? AlarmActions { get; init; }

    public Values? OKActions { get; init; }

    public sealed record Dimension(Value Name, Value Value);
}
