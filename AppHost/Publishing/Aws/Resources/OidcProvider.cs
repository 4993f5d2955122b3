using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>An issuer of identities that the account trusts.</summary>
internal sealed record OidcProvider : IResourceProperties
{
    string IResourceProperties.Type => "AWS::IAM::OIDCProvider";

    public Value? Url { get; init; }

    public Values? ClientIdList { get; init; }
}
