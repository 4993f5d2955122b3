using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A topic of notifications.</summary>
internal sealed record Topic : IResourceProperties
{
    string IResourceProperties.Type => "AWS::SNS::Topic";

    public Value? TopicName { get; init; }

    public Value? KmsMasterKeyId { get; init; }
}
