using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A role.</summary>
internal sealed record Role : IResourceProperties
{
    string IResourceProperties.Type => "AWS::IAM::Role";

    public Value? Description { get; init; }

    public required PolicyDocument AssumeRolePolicyDocument { get; init; }

    public Values? ManagedPolicyArns { get; init; }

    public Value? MaxSessionDuration { get; init; }

    public IReadOnlyList<Policy>? Policies { get; init; }

    public sealed record Policy(Value PolicyName, PolicyDocument PolicyDocument);
}
