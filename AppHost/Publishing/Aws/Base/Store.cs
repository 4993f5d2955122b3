using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>The bucket: models, data sets, journals handed over, and releases' bundles.</summary>
internal static class Store
{
    /// <summary>The prefixes in the bucket.</summary>
    public const string Models = "models", Datasets = "datasets", Journal = "journal", Deploy = "deploy";

    /// <summary>Adds it.</summary>
    public static StackResource AddTo(Template template)
    {
        var bucket = template.Add(
            "Bucket",
            new Bucket
            {
                BucketName = new Sub("${Prefix}-${AWS::AccountId}-${AWS::Region}"),
                VersioningConfiguration = new("Enabled"),
                BucketEncryption = new([new(new("AES256"))]),
                PublicAccessBlockConfiguration = new(true, true, true, true),
                OwnershipControls = new([new("BucketOwnerEnforced")]),
                LifecycleConfiguration = new([
                    new() { Id = "noncurrent-versions", Status = "Enabled", NoncurrentVersionExpiration = new(BaseParameters.NoncurrentDays) },
                    new() { Id = "incomplete-uploads", Status = "Enabled", AbortIncompleteMultipartUpload = new(7) },
                ]),
            },
            Retention.Retain);
        template.Add("BucketPolicy", new BucketPolicy
        {
            Bucket = bucket.Ref,
            PolicyDocument = new(new Statement
            {
                Sid = "TlsOnly",
                Effect = "Deny",
                Principal = new() { ["AWS"] = "*" },
                Action = ["s3:*"],
                Resource = [bucket.Attribute("Arn"), Objects()],
                Condition = Statement.If("Bool", "aws:SecureTransport", "false"),
            }),
        });
        return bucket;
    }

    /// <summary>The ARN of the objects under a prefix.</summary>
    /// <param name="prefix">Without the last <c>/</c>; none: all objects.</param>
    public static Sub Objects(string? prefix = null) => new(prefix is null ? "${Bucket.Arn}/*" : $"${{Bucket.Arn}}/{prefix}/*");
}
