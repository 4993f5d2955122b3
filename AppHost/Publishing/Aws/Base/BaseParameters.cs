using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>What the operator chooses about network, data and people.</summary>
internal static class BaseParameters
{
    private static readonly int[] LogRetention = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653];

    public static Ref VpcCidr { get; } = new("VpcCidr");

    public static Ref AlarmEmail { get; } = new("AlarmEmail");

    public static Ref LogRetentionDays { get; } = new("LogRetentionDays");

    public static Ref NoncurrentDays { get; } = new("NoncurrentDays");

    public static Ref DatabaseInstanceClass { get; } = new("DatabaseInstanceClass");

    public static Ref DatabaseStorageGiB { get; } = new("DatabaseStorageGiB");

    public static Ref DatabaseMaxStorageGiB { get; } = new("DatabaseMaxStorageGiB");

    public static Ref DatabaseBackupDays { get; } = new("DatabaseBackupDays");

    public static Ref DatabaseMultiAz { get; } = new("DatabaseMultiAz");

    public static Ref GitHubRepository { get; } = new("GitHubRepository");

    public static Ref GitHubEnvironment { get; } = new("GitHubEnvironment");

    public static Ref GitHubProviderArn { get; } = new("GitHubProviderArn");

    /// <summary>The prefix of both stacks' names, and of what has a name of its own.</summary>
    public static Parameter Prefix { get; } =
        new("The stacks are called PREFIX-base and PREFIX-service; what has a name of its own begins with it too.")
        {
            Default = "analytics",
            AllowedPattern = "[a-z][a-z0-9-]{0,21}[a-z0-9]",
            ConstraintDescription = "Prefix: 2 to 23 lower-case letters, digits and '-', the first a letter.",
        };

    /// <summary>Adds them.</summary>
    public static void AddTo(Template template)
    {
        template.Add("Prefix", Prefix);
        template.Add(VpcCidr.LogicalId, new Parameter("The network's addresses; four subnets of 256 each are taken from them.")
        {
            Default = "10.42.0.0/16",
            AllowedPattern = @"([0-9]{1,3}\.){3}[0-9]{1,3}/(1[6-9]|2[0-2])",
            ConstraintDescription = "VpcCidr: an IPv4 network of /16 to /22, such as 10.42.0.0/16.",
        });
        template.Add(AlarmEmail.LogicalId, new Parameter("Who gets the alarms; AWS asks that address to confirm it.")
        {
            AllowedPattern = @"[^@\s]+@[^@\s]+\.[^@\s]+",
            ConstraintDescription = "AlarmEmail: an e-mail address.",
        });
        template.Add(LogRetentionDays.LogicalId, new Parameter("Days that logs are kept.")
        {
            Type = "Number",
            Default = 30,
            AllowedValues = [.. LogRetention.Select(days => (Value)days)],
        });
        template.Add(NoncurrentDays.LogicalId, Parameter.Number("Days that the bucket keeps what was overwritten or deleted.", 90, 1, 3650));
        AddDatabase(template);
        AddGitHub(template);
    }

    private static void AddDatabase(Template template)
    {
        template.Add(DatabaseInstanceClass.LogicalId, new Parameter("The database's machine.")
        {
            Default = "db.t4g.micro",
            AllowedPattern = @"db\.[a-z0-9]+\.[a-z0-9]+",
            ConstraintDescription = "DatabaseInstanceClass: a class of RDS, such as db.t4g.micro.",
        });
        template.Add(DatabaseStorageGiB.LogicalId, Parameter.Number("The database's disk in GiB; it can be enlarged, never made smaller.", 20, 20, 16384));
        template.Add(DatabaseMaxStorageGiB.LogicalId, Parameter.Number("How far RDS may enlarge that disk by itself, at least a tenth more than it is.", 100, 22, 65536));
        template.Add(DatabaseBackupDays.LogicalId, Parameter.Number("Days of backups, to any second of which the database can be restored.", 7, 1, 35));
        template.Add(DatabaseMultiAz.LogicalId, new Parameter("Whether a second machine in the other zone stands by; doubles the database's price.")
        {
            Default = "false",
            AllowedValues = ["true", "false"],
        });
    }

    private static void AddGitHub(Template template)
    {
        template.Add(GitHubRepository.LogicalId, new Parameter("OWNER/NAME of the GitHub repository that may deploy without access keys; empty: none.")
        {
            Default = string.Empty,
            AllowedPattern = "|[A-Za-z0-9-]+/[A-Za-z0-9._-]+",
            ConstraintDescription = "GitHubRepository: OWNER/NAME, or empty.",
        });
        template.Add(GitHubEnvironment.LogicalId, new Parameter("The environment of that repository whose jobs may deploy.")
        {
            Default = "production",
            AllowedPattern = "[A-Za-z0-9._-]+",
            ConstraintDescription = "GitHubEnvironment: letters, digits, '.', '_' and '-'.",
        });
        template.Add(GitHubProviderArn.LogicalId, new Parameter("The account's provider for token.actions.githubusercontent.com, of which it can have one; empty: made here.")
        {
            Default = string.Empty,
            AllowedPattern = "|arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/token.actions.githubusercontent.com",
            ConstraintDescription = "GitHubProviderArn: the provider's ARN, or empty.",
        });
    }
}
