using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>How instances of a group are made.</summary>
internal sealed record LaunchTemplate : IResourceProperties
{
    string IResourceProperties.Type => "AWS::EC2::LaunchTemplate";

    public Value? LaunchTemplateName { get; init; }

    public required Data LaunchTemplateData { get; init; }

    public sealed record Data
    {
        public required Value ImageId { get; init; }

        public required Value InstanceType { get; init; }

        public Value? KeyName { get; init; }

        public required Profile IamInstanceProfile { get; init; }

        public required Values SecurityGroupIds { get; init; }

        public required Metadata MetadataOptions { get; init; }

        /// <summary>A <see cref="Credits"/> for families that have them.</summary>
        public Value? CreditSpecification { get; init; }

        public Watch? Monitoring { get; init; }

        public required IReadOnlyList<Device> BlockDeviceMappings { get; init; }

        public IReadOnlyList<TagSpecification>? TagSpecifications { get; init; }

        public required Value UserData { get; init; }
    }

    public sealed record Profile(Value Arn);

    public sealed record Metadata(Value HttpEndpoint, Value HttpTokens, Value HttpPutResponseHopLimit);

    public sealed record Credits(Value CpuCredits);

    public sealed record Watch(Value Enabled);

    public sealed record Device(Value DeviceName, Volume Ebs);

    public sealed record Volume(Value VolumeType, Value VolumeSize, Value Encrypted, Value DeleteOnTermination);

    public sealed record TagSpecification(Value ResourceType, IReadOnlyList<Tag> Tags);
}
