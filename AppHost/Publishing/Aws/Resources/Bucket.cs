using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A bucket of S3.</summary>
internal sealed record Bucket : IResourceProperties
{
    string IResourceProperties.Type => "AWS::S3::Bucket";

    public Value? BucketName { get; init; }

    public required Encryption BucketEncryption { get; init; }

    public Lifecycle? LifecycleConfiguration { get; init; }

    public Ownership? OwnershipControls { get; init; }

    public required PublicAccessBlock PublicAccessBlockConfiguration { get; init; }

    public required Versioning VersioningConfiguration { get; init; }

    public sealed record Versioning(Value Status);

    public sealed record Encryption(IReadOnlyList<EncryptionRule> ServerSideEncryptionConfiguration);

    public sealed record EncryptionRule(DefaultEncryption ServerSideEncryptionByDefault);

    public sealed record DefaultEncryption(Value SSEAlgorithm);

    public sealed record PublicAccessBlock(Value BlockPublicAcls, Value BlockPublicPolicy, Value IgnorePublicAcls, Value RestrictPublicBuckets);

    public sealed record Ownership(IReadOnlyList<OwnershipRule> Rules);

    public sealed record OwnershipRule(Value ObjectOwnership);

    public sealed record Lifecycle(IReadOnlyList<LifecycleRule> Rules);

    /// <summary>Has no property that would end current versions: an object goes only where somebody deletes it.</summary>
    public sealed record LifecycleRule
    {
        public required Value Id { get; init; }

        public required Value Status { get; init; }

        public MultipartUpload? AbortIncompleteMultipartUpload { get; init; }

        public NoncurrentVersion? NoncurrentVersionExpiration { get; init; }
    }

    public sealed record MultipartUpload(Value DaysAfterInitiation);

    public sealed record NoncurrentVersion(Value NoncurrentDays);
}
