using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A database server.</summary>
internal sealed record DbInstance : IResourceProperties
{
    string IResourceProperties.Type => "AWS::RDS::DBInstance";

    public Value? DBInstanceIdentifier { get; init; }

    public Value? Engine { get; init; }

    public Value? EngineVersion { get; init; }

    public Value? DBInstanceClass { get; init; }

    public Value? DBName { get; init; }

    public Value? AllocatedStorage { get; init; }

    public Value? MaxAllocatedStorage { get; init; }

    public Value? StorageType { get; init; }

    public Value? StorageEncrypted { get; init; }

    public Value? MasterUsername { get; init; }

    public Value? ManageMasterUserPassword { get; init; }

    public Value? DBSubnetGroupName { get; init; }

    public Values? VPCSecurityGroups { get; init; }

    public Value? PubliclyAccessible { get; init; }

    public Value? MultiAZ { get; init; }

    public Value? CACertificateIdentifier { get; init; }

    public Value? DBParameterGroupName { get; init; }

    public Value? BackupRetentionPeriod { get; init; }

    public Value? CopyTagsToSnapshot { get; init; }

    public Value? DeleteAutomatedBackups { get; init; }

    public Value? DeletionProtection { get; init; }

    public Value? AutoMinorVersionUpgrade { get; init; }

    public Values? EnableCloudwatchLogsExports { get; init; }
}
