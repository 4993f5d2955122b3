using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>
/// What <c>deploy.sh</c> needs for a release: push images, put bundles, change the service stack, refresh its groups. The base stack it may
/// compare, not change: network, data and roles are an administrator's.
/// </summary>
internal static class DeployPolicy
{
    private static readonly string[] StartedWith = ["instance", "key-pair", "launch-template", "network-interface", "security-group", "subnet", "volume"];

    /// <summary>Adds it.</summary>
    /// <param name="template">The base stack.</param>
    /// <param name="fleet">What is deployed.</param>
    /// <param name="made">What of the base stack a release uses.</param>
    /// <param name="roles">The roles that instances get.</param>
    public static StackResource AddTo(Template template, Fleet fleet, BaseResources made, IReadOnlyList<StackResource> roles) =>
        template.Add("DeployPolicy", new ManagedPolicy
        {
            Description = new Sub("What a release of ${Prefix} needs: for the role of GitHub, or for the user whose access keys the workflow has."),
            PolicyDocument = new([.. Stacks(), .. Content(fleet, made), .. Balancer(), .. Groups(fleet, roles), .. Alarms()]),
        });

    private static IEnumerable<Statement> Stacks() =>
    [
        Allow(
            "ReadStacks",
            [Arn.Of("cloudformation", "stack/${Prefix}-base/*"), Arn.Of("cloudformation", "stack/${Prefix}-service/*")],
            "cloudformation:CreateChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DescribeChangeSet",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStacks",
            "cloudformation:GetTemplateSummary"),
        Allow("ChangeService", [Arn.Of("cloudformation", "stack/${Prefix}-service/*")], "cloudformation:ExecuteChangeSet"),
    ];

    private static IEnumerable<Statement> Content(Fleet fleet, BaseResources made) =>
    [
        Allow("LogInToRegistry", ["*"], "ecr:GetAuthorizationToken"),
        Allow(
            "PushImages",
            [.. made.Repositories.Values.Select(r => r.Attribute("Arn"))],
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:CompleteLayerUpload",
            "ecr:DescribeImages",
            "ecr:GetDownloadUrlForLayer",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart"),
        Allow("ListBucket", [made.Bucket.Attribute("Arn")], "s3:ListBucket") with
        {
            Condition = Statement.If("StringLikeIfExists", "s3:prefix", $"{Store.Deploy}/*", $"{Store.Models}/*"),
        },
        Allow("PutBundles", [Store.Objects(Store.Deploy)], "s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"),
        Allow("EndLock", [new Sub($"${{Bucket.Arn}}/{Store.Deploy}/lock")], "s3:DeleteObject"),
        Allow("SeeChampions", [new Sub($"${{Bucket.Arn}}/{Store.Models}/*/aliases/champion.json")], "s3:GetObject"),
        Allow("SeeParameters", [.. fleet.Roles.Select(role => Arn.Of("ssm", $"parameter{GroupNames.Parameters(role)}"))], "ssm:GetParametersByPath"),
        Allow(
            "FindAmazonLinux",
            [new Sub("arn:${AWS::Partition}:ssm:${AWS::Region}::parameter/aws/service/ami-amazon-linux-latest/*")],
            "ssm:GetParameters"),
    ];

    private static IEnumerable<Statement> Balancer() =>
    [
        Allow(
            "SeeNetwork",
            ["*"],
            "ec2:DescribeAccountAttributes",
            "ec2:DescribeImages",
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeInstances",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:DescribeLaunchTemplates",
            "ec2:DescribeSecurityGroupRules",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs"),
        Allow(
            "OpenBalancer",
            [new Sub("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:security-group/${BalancerSecurityGroup.GroupId}"), Arn.Of("ec2", "security-group-rule/*")],
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:ModifySecurityGroupRules",
            "ec2:RevokeSecurityGroupIngress",
            "ec2:UpdateSecurityGroupRuleDescriptionsIngress"),
        Allow(
            "ChangeBalancer",
            [
                Arn.Of("elasticloadbalancing", "loadbalancer/app/${Prefix}/*"),
                Arn.Of("elasticloadbalancing", "listener/app/${Prefix}/*"),
                Arn.Of("elasticloadbalancing", "targetgroup/${Prefix}-*/*"),
            ],
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:CreateListener",
            "elasticloadbalancing:CreateLoadBalancer",
            "elasticloadbalancing:CreateTargetGroup",
            "elasticloadbalancing:DeleteListener",
            "elasticloadbalancing:DeleteLoadBalancer",
            "elasticloadbalancing:DeleteTargetGroup",
            "elasticloadbalancing:ModifyListener",
            "elasticloadbalancing:ModifyListenerAttributes",
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            "elasticloadbalancing:ModifyTargetGroup",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
            "elasticloadbalancing:RemoveTags",
            "elasticloadbalancing:SetSecurityGroups",
            "elasticloadbalancing:SetSubnets"),
        Allow(
            "SeeBalancer",
            ["*"],
            "elasticloadbalancing:DescribeListenerAttributes",
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth"),
    ];

    private static IEnumerable<Statement> Groups(Fleet fleet, IReadOnlyList<StackResource> roles) =>
    [
        Allow(
            "ChangeGroups",
            [.. fleet.Roles.Select(role => Arn.Group(GroupNames.Of(role)))],
            "autoscaling:AttachLoadBalancerTargetGroups",
            "autoscaling:CancelInstanceRefresh",
            "autoscaling:CreateAutoScalingGroup",
            "autoscaling:CreateOrUpdateTags",
            "autoscaling:DeleteAutoScalingGroup",
            "autoscaling:DeleteLifecycleHook",
            "autoscaling:DeletePolicy",
            "autoscaling:DeleteTags",
            "autoscaling:DetachLoadBalancerTargetGroups",
            "autoscaling:DisableMetricsCollection",
            "autoscaling:EnableMetricsCollection",
            "autoscaling:PutLifecycleHook",
            "autoscaling:PutScalingPolicy",
            "autoscaling:RollbackInstanceRefresh",
            "autoscaling:StartInstanceRefresh",
            "autoscaling:UpdateAutoScalingGroup"),
        Allow(
            "SeeGroups",
            ["*"],
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeInstanceRefreshes",
            "autoscaling:DescribeLifecycleHooks",
            "autoscaling:DescribeLoadBalancerTargetGroups",
            "autoscaling:DescribePolicies",
            "autoscaling:DescribeScalingActivities",
            "autoscaling:DescribeTags"),
        Allow(
            "ChangeLaunchTemplates",
            [Arn.Of("ec2", "launch-template/*")],
            "ec2:CreateLaunchTemplate",
            "ec2:CreateLaunchTemplateVersion",
            "ec2:CreateTags",
            "ec2:DeleteLaunchTemplate",
            "ec2:ModifyLaunchTemplate"),
        // A group is made and changed only by those who might start its instances themselves; from launch templates alone.
        Allow(
            "StartInstances",
            [
                .. StartedWith.Select(kind => Arn.Of("ec2", $"{kind}/*")),
                new Sub("arn:${AWS::Partition}:ec2:${AWS::Region}::image/*"),
            ],
            "ec2:RunInstances") with
        {
            Condition = Statement.If("ArnLike", "ec2:LaunchTemplate", Arn.Of("ec2", "launch-template/*")),
        },
        Allow("TagInstances", [Arn.Of("ec2", "instance/*"), Arn.Of("ec2", "volume/*")], "ec2:CreateTags") with
        {
            Condition = Statement.If("StringEquals", "ec2:CreateAction", "RunInstances"),
        },
        Allow("GiveInstanceRoles", [.. roles.Select(role => role.Attribute("Arn"))], "iam:PassRole") with
        {
            Condition = Statement.If("StringEquals", "iam:PassedToService", "ec2.amazonaws.com"),
        },
        Allow(
            "MakeServicesRoles",
            [
                new Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/autoscaling.amazonaws.com/*"),
                new Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*"),
            ],
            "iam:CreateServiceLinkedRole"),
    ];

    private static IEnumerable<Statement> Alarms() =>
    [
        Allow(
            "ChangeAlarms",
            [Arn.Of("cloudwatch", "alarm:${Prefix}-*")],
            "cloudwatch:DeleteAlarms",
            "cloudwatch:ListTagsForResource",
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:TagResource",
            "cloudwatch:UntagResource"),
        // Target tracking's own alarms are Auto Scaling's; what they are called is not known before.
        Allow("SeeAlarms", [Arn.Of("cloudwatch", "alarm:*")], "cloudwatch:DescribeAlarms"),
        Allow(
            "ChangeDashboard",
            [new Sub("arn:${AWS::Partition}:cloudwatch::${AWS::AccountId}:dashboard/${Prefix}*")],
            "cloudwatch:DeleteDashboards",
            "cloudwatch:GetDashboard",
            "cloudwatch:ListTagsForResource",
            "cloudwatch:PutDashboard",
            "cloudwatch:TagResource"),
    ];

    private static Statement Allow(string sid, Values resources, params IReadOnlyList<string> actions) =>
        new() { Sid = sid, Action = [.. actions.Select(a => (Value)a)], Resource = resources };
}
