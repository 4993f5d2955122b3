using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>Who gets a topic's notifications.</summary>
internal sealed record Subscription : IResourceProperties
{
    string IResourceProperties.Type => "AWS::SNS::Subscription";

    public required Value TopicArn { get; init; }

    public required Value Protocol { get; init; }

    public Value? Endpoint { get; init; }
}
