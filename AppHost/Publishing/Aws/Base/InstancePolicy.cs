using Analytics.AppHost.Publishing.Aws.Resources;
using Analytics.AppHost.Publishing.Telemetry;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>What an instance of a role may do beside the store. <c>*</c> stands only where the service knows no resource.</summary>
internal static class InstancePolicy
{
    /// <summary>The statements.</summary>
    public static IEnumerable<Statement> Of(InstanceRole role, BaseResources made) =>
    [
        Statement.Allow("LogInToRegistry", ["*"], "ecr:GetAuthorizationToken"),
        Statement.Allow(
            "PullImages",
            [.. role.Images.Select(image => made.Repositories[image].Attribute("Arn"))],
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer"),
        Statement.Allow(
            "ReadParameters",
            [Arn.Of("ssm", $"parameter{GroupNames.Parameters(role)}"), Arn.Of("ssm", $"parameter{GroupNames.Parameters(role)}/*")],
            "ssm:GetParametersByPath"),
        Statement.Allow("ReadDatabaseSecret", [made.Database.Attribute("MasterUserSecret.SecretArn")], "secretsmanager:GetSecretValue"),
        Statement.Allow("EndLifecycleActions", [Arn.Group(GroupNames.Of(role))], "autoscaling:CompleteLifecycleAction"),
        Statement.Allow("WriteLogs", [.. made.LogGroups.Select(group => group.Attribute("Arn"))], "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
        Statement.Allow("PutMetrics", ["*"], "cloudwatch:PutMetricData") with
        {
            Condition = Statement.If("StringEquals", "cloudwatch:namespace", CloudWatchMetrics.Namespace),
        },
        Statement.Allow("PutTraces", ["*"], "xray:PutTelemetryRecords", "xray:PutTraceSegments"),
        // The agent learns from its instance's tags which group's metrics it measures.
        Statement.Allow("ReadTags", ["*"], "ec2:DescribeTags"),
        Statement.Allow("RegisterForSessions", [Arn.Of("ec2", "instance/*")], "ssm:UpdateInstanceInformation"),
        Statement.Allow(
            "HoldSessions",
            ["*"],
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel"),
    ];
}
