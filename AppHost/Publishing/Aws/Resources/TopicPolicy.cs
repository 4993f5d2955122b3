using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>Who may publish to a topic.</summary>
internal sealed record TopicPolicy : IResourceProperties
{
    string IResourceProperties.Type => "AWS::SNS::TopicPolicy";

    public required Values Topics { get; init; }

    public required PolicyDocument PolicyDocument { get; init; }
}
