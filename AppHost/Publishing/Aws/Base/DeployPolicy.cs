using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>
/// What <c>deploy.sh</c> needs for a release: push images, put bundles, look at the stacks and change the service stack. The base stack it may
/// compare, not change: network, data and roles are an administrator's.
/// </summary>
internal static class DeployPolicy
{
    /// <summary>The statements.</summary>
    /// <param name="fleet">What is deployed.</param>
    /// <param name="made">What of the base stack a release uses.</param>
    public static PolicyDocument Of(Fleet fleet, BaseResources made) => new([.. Stacks(), .. Content(fleet, made)]);

    private static IEnumerable<Statement> Stacks() =>
    [
        Statement.Allow(
            "ReadStacks",
            [Arn.Of("cloudformation", "stack/${Prefix}-base/*"), Arn.Of("cloudformation", "stack/${Prefix}-service/*")],
            "cloudformation:CreateChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DescribeChangeSet",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStacks",
            "cloudformation:GetTemplateSummary"),
        Statement.Allow("ChangeService", [Arn.Of("cloudformation", "stack/${Prefix}-service/*")], "cloudformation:ExecuteChangeSet"),
    ];

    private static IEnumerable<Statement> Content(Fleet fleet, BaseResources made) =>
    [
        Statement.Allow("LogInToRegistry", ["*"], "ecr:GetAuthorizationToken"),
        Statement.Allow(
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
        Statement.Allow("ListBucket", [made.Bucket.Attribute("Arn")], "s3:ListBucket") with
        {
            Condition = Statement.If("StringLikeIfExists", "s3:prefix", $"{Store.Deploy}/*", $"{Store.Models}/*"),
        },
        Statement.Allow("PutBundles", [Store.Objects(Store.Deploy)], "s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"),
        Statement.Allow("EndLock", [new Sub($"${{Bucket.Arn}}/{Store.Deploy}/lock")], "s3:DeleteObject"),
        Statement.Allow("SeeChampions", [new Sub($"${{Bucket.Arn}}/{Store.Models}/*/aliases/champion.json")], "s3:GetObject"),
        Statement.Allow("SeeParameters", [.. fleet.Roles.Select(role => Arn.Of("ssm", $"parameter{GroupNames.Parameters(role)}"))], "ssm:GetParametersByPath"),
        Statement.Allow(
            "FindAmazonLinux",
            [new Sub("arn:${AWS::Partition}:ssm:${AWS::Region}::parameter/aws/service/ami-amazon-linux-latest/*")],
            "ssm:GetParameters"),
    ];
}
