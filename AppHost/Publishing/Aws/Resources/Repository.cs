using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A repository of images.</summary>
internal sealed record Repository : IResourceProperties
{
    string IResourceProperties.Type => "AWS::ECR::Repository";

    public Value? RepositoryName { get; init; }

    public Value? ImageTagMutability { get; init; }

    public Scanning? ImageScanningConfiguration { get; init; }

    public Lifecycle? LifecyclePolicy { get; init; }

    public sealed record Scanning(Value ScanOnPush);

    /// <summary>The policy, as JSON.</summary>
    public sealed record Lifecycle(Value LifecyclePolicyText);
}
