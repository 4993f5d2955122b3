using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>What may reach those in it, and what they may reach.</summary>
internal sealed record SecurityGroup : IResourceProperties
{
    string IResourceProperties.Type => "AWS::EC2::SecurityGroup";

    public required Value GroupDescription { get; init; }

    public Value? VpcId { get; init; }

    /// <summary>None given would mean that they may reach everything: each group says what its members need.</summary>
    public required IReadOnlyList<Traffic> SecurityGroupEgress { get; init; }

    public IReadOnlyList<Tag>? Tags { get; init; }

    /// <summary>One rule.</summary>
    public sealed record Traffic
    {
        public required Value Description { get; init; }

        public required Value IpProtocol { get; init; }

        public Value? FromPort { get; init; }

        public Value? ToPort { get; init; }

        public Value? CidrIp { get; init; }

        public Value? DestinationSecurityGroupId { get; init; }
    }
}
