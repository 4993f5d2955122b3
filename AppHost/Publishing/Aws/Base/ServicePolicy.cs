using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>What CloudFormation changes in the service stack in the name of who deploys: balancer, groups, alarms, dashboard.</summary>
internal static class ServicePolicy
{
    private static readonly string[] StartedWith = ["instance", "key-pair", "launch-template", "network-interface", "security-group", "subnet", "volume"];

    /// <summary>The statements.</summary>
    /// <param name="fleet">What is deployed.</param>
    /// <param name="roles">The roles that instances get.</param>
    public static PolicyDocument Of(Fleet fleet, IReadOnlyList<StackResource> roles) => new([.. Balancer(), .. Groups(fleet), .. Instances(roles), .. Alarms()]);

    private static IEnumerable<Statement> Balancer() =>
    [
        Statement.Allow(
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
        Statement.Allow(
            "OpenBalancer",
            [new Sub("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:security-group/${BalancerSecurityGroup.GroupId}"), Arn.Of("ec2", "security-group-rule/*")],
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:ModifySecurityGroupRules",
            "ec2:RevokeSecurityGroupIngress",
            "ec2:UpdateSecurityGroupRuleDescriptionsIngress"),
        Statement.Allow(
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
        Statement.Allow(
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

    private static IEnumerable<Statement> Groups(Fleet fleet) =>
    [
        Statement.Allow(
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
        Statement.Allow(
            "SeeGroups",
            ["*"],
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeInstanceRefreshes",
            "autoscaling:DescribeLifecycleHooks",
            "autoscaling:DescribeLoadBalancerTargetGroups",
            "autoscaling:DescribePolicies",
            "autoscaling:DescribeScalingActivities",
            "autoscaling:DescribeTags"),
    ];

    private static IEnumerable<Statement> Instances(IReadOnlyList<StackResource> roles) =>
    [
        Statement.Allow(
            "ChangeLaunchTemplates",
            [Arn.Of("ec2", "launch-template/*")],
            "ec2:CreateLaunchTemplate",
            "ec2:CreateLaunchTemplateVersion",
            "ec2:CreateTags",
            "ec2:DeleteLaunchTemplate",
            "ec2:ModifyLaunchTemplate"),
        // A group is made and changed only by those who might start its instances themselves; from launch templates alone.
        Statement.Allow(
            "StartInstances",
            [
                .. StartedWith.Select(kind => Arn.Of("ec2", $"{kind}/*")),
                new Sub("arn:${AWS::Partition}:ec2:${AWS::Region}::image/*"),
            ],
            "ec2:RunInstances") with
        {
            Condition = Statement.If("ArnLike", "ec2:LaunchTemplate", Arn.Of("ec2", "launch-template/*")),
        },
        Statement.Allow("TagInstances", [Arn.Of("ec2", "instance/*"), Arn.Of("ec2", "volume/*")], "ec2:CreateTags") with
        {
            Condition = Statement.If("StringEquals", "ec2:CreateAction", "RunInstances"),
        },
        Statement.Allow("GiveInstanceRoles", [.. roles.Select(role => role.Attribute("Arn"))], "iam:PassRole") with
        {
            Condition = Statement.If("StringEquals", "iam:PassedToService", "ec2.amazonaws.com"),
        },
        Statement.Allow(
            "MakeServicesRoles",
            [
                new Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/autoscaling.amazonaws.com/*"),
                new Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*"),
            ],
            "iam:CreateServiceLinkedRole"),
    ];

    private static IEnumerable<Statement> Alarms() =>
    [
        Statement.Allow(
            "ChangeAlarms",
            [Arn.Of("cloudwatch", "alarm:${Prefix}-*")],
            "cloudwatch:DeleteAlarms",
            "cloudwatch:ListTagsForResource",
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:TagResource",
            "cloudwatch:UntagResource"),
        // Target tracking's own alarms are Auto Scaling's; what they are called is not known before.
        Statement.Allow("SeeAlarms", [Arn.Of("cloudwatch", "alarm:*")], "cloudwatch:DescribeAlarms"),
        Statement.Allow(
            "ChangeDashboard",
            [new Sub("arn:${AWS::Partition}:cloudwatch::${AWS::AccountId}:dashboard/${Prefix}*")],
            "cloudwatch:DeleteDashboards",
            "cloudwatch:GetDashboard",
            "cloudwatch:ListTagsForResource",
            "cloudwatch:PutDashboard",
            "cloudwatch:TagResource"),
    ];
}
