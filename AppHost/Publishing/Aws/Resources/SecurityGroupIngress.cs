using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>One way into a security group, where the group itself could not name it yet.</summary>
internal sealed record SecurityGroupIngress : IResourceProperties
{
    string IResourceProperties.Type => "AWS::EC2::SecurityGroupIngress";

    public required Value GroupId { get; init; }

    public required Value Description { get; init; }

    public required Value IpProtocol { get; init; }

    public Value? FromPort { get; init; }

    public Value? ToPort { get; init; }

    public Value? CidrIp { get; init; }

    public Value? SourceSecurityGroupId { get; init; }
}
