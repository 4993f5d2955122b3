using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A policy that roles and users may share.</summary>
internal sealed record ManagedPolicy : IResourceProperties
{
    string IResourceProperties.Type => "AWS::IAM::ManagedPolicy";

    public Value? Description { get; init; }

    public required PolicyDocument PolicyDocument { get; init; }
}
