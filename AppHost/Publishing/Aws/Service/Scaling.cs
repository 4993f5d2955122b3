using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>How the group of scorers grows and shrinks: it keeps its processors' use, and grows by one when an alarm asks for it.</summary>
internal static class Scaling
{
    /// <summary>Adds both policies; returns the one for alarms.</summary>
    public static StackResource AddTo(Template template, RoleGroup scorers)
    {
        template.Add("ScorerCpuTracking", new ScalingPolicy
        {
            AutoScalingGroupName = scorers.Group.Ref,
            PolicyType = "TargetTrackingScaling",
            TargetTrackingConfiguration = new(new("ASGAverageCPUUtilization"), ServiceParameters.CpuTarget),
        });
        return template.Add("ScorerScaleOut", new ScalingPolicy
        {
            AutoScalingGroupName = scorers.Group.Ref,
            PolicyType = "StepScaling",
            AdjustmentType = "ChangeInCapacity",
            MetricAggregationType = "Average",
            StepAdjustments = [new(0, 1)],
        });
    }
}
