using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>What holds in a bucket, whatever roles say.</summary>
internal sealed record BucketPolicy : IResourceProperties
{
    string IResourceProperties.Type => "AWS::S3::BucketPolicy";

    public required Value Bucket { get; init; }

    public required PolicyDocument PolicyDocument { get; init; }
}
