using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>PostgreSQL: private, encrypted, its password made, kept and rotated by RDS.</summary>
internal static class Database
{
    /// <summary>The database on the server, and the master user.</summary>
    public const string Name = "analytics";

    // With the parameter group's family: a new major version is a decision, with a new family.
    private const int MajorVersion = 17;

    /// <summary>Adds it.</summary>
    public static StackResource AddTo(Template template, Network network, SecurityGroups groups)
    {
        var subnets = template.Add("DatabaseSubnets", new DbSubnetGroup
        {
            DBSubnetGroupDescription = "The isolated subnets.",
            SubnetIds = [.. network.Isolated.Select(s => s.Ref)],
        });
        var settings = template.Add("DatabaseSettings", new DbParameterGroup
        {
            Description = "TLS only; slow statements and waits for locks are logged.",
            Family = $"postgres{MajorVersion}",
            Parameters = new()
            {
                ["rds.force_ssl"] = "1",
                ["log_min_duration_statement"] = "1000",
                ["log_lock_waits"] = "1",
            },
        });
        var logs = Logs(template);
        return template.Add(new StackResource("Database", Server(subnets, settings, groups))
        {
            Retention = Retention.Snapshot,
            // Made by RDS itself, a log group would keep everything for ever.
            DependsOn = [logs.LogicalId],
        });
    }

    private static DbInstance Server(StackResource subnets, StackResource settings, SecurityGroups groups) => new()
    {
        DBInstanceIdentifier = new Sub("${Prefix}-database"),
        Engine = "postgres",
        EngineVersion = $"{MajorVersion}",
        DBInstanceClass = BaseParameters.DatabaseInstanceClass,
        DBName = Name,
        AllocatedStorage = BaseParameters.DatabaseStorageGiB,
        MaxAllocatedStorage = BaseParameters.DatabaseMaxStorageGiB,
        StorageType = "gp3",
        StorageEncrypted = true,
        MasterUsername = Name,
        ManageMasterUserPassword = true,
        DBSubnetGroupName = subnets.Ref,
        VPCSecurityGroups = [groups.Database.Attribute("GroupId")],
        PubliclyAccessible = false,
        MultiAZ = BaseParameters.DatabaseMultiAz,
        CACertificateIdentifier = "rds-ca-rsa2048-g1",
        DBParameterGroupName = settings.Ref,
        BackupRetentionPeriod = BaseParameters.DatabaseBackupDays,
        CopyTagsToSnapshot = true,
        DeleteAutomatedBackups = false,
        DeletionProtection = true,
        AutoMinorVersionUpgrade = true,
        EnableCloudwatchLogsExports = ["postgresql"],
    };

    private static StackResource Logs(Template template) => template.Add(
        "DatabaseLogGroup",
        new LogGroup { LogGroupName = new Sub("/aws/rds/instance/${Prefix}-database/postgresql"), RetentionInDays = BaseParameters.LogRetentionDays },
        Retention.Retain);
}
