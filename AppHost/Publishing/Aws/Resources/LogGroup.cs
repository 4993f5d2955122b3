using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A group of log streams.</summary>
internal sealed record LogGroup : IResourceProperties
{
    string IResourceProperties.Type => "AWS::Logs::LogGroup";

    public Value? LogGroupName { get; init; }

    public Value? RetentionInDays { get; init; }
}
