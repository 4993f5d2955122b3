using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>What gives an instance its role.</summary>
internal sealed record InstanceProfile : IResourceProperties
{
    string IResourceProperties.Type => "AWS::IAM::InstanceProfile";

    public required Values Roles { get; init; }
}
