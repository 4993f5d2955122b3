using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>The way to the internet.</summary>
internal sealed record InternetGateway : IResourceProperties
{
    string IResourceProperties.Type => "AWS::EC2::InternetGateway";

    public IReadOnlyList<Tag>? Tags { get; init; }
}
