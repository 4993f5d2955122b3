using Analytics.AppHost.Publishing.Aws.Base;
using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Service;

/// <summary>What the operator chooses about instances and who may call, and what <c>deploy.sh</c> says of a release.</summary>
internal static class ServiceParameters
{
    private const string Types = "InstanceTypes";

    // The types that may be chosen, and whether their processor time is bought by credits.
    private static readonly (string Type, bool Burstable)[] InstanceTypes =
    [
        ("t2.micro", true), ("t2.small", true), ("t2.medium", true),
        ("t3.micro", true), ("t3.small", true), ("t3.medium", true), ("t3.large", true), ("t3.xlarge", true),
        ("m7i.large", false), ("m7i.xlarge", false), ("m7i.2xlarge", false),
        ("c7i.large", false), ("c7i.xlarge", false), ("c7i.2xlarge", false), ("c7i.4xlarge", false),
        ("r7i.large", false), ("r7i.xlarge", false), ("r7i.2xlarge", false),
    ];

    public static Ref CertificateArn { get; } = new("CertificateArn");

    public static Ref AllowedCidr { get; } = new("AllowedCidr");

    public static Ref KeyName { get; } = new("KeyName");

    public static Ref VolumeGiB { get; } = new("VolumeGiB");

    public static Ref AmazonLinux { get; } = new("AmazonLinux");

    public static Ref ScorerMinSize { get; } = new("ScorerMinSize");

    public static Ref ScorerMaxSize { get; } = new("ScorerMaxSize");

    public static Ref CpuTarget { get; } = new("CpuTarget");

    public static Ref DatabaseConnectionsLimit { get; } = new("DatabaseConnectionsLimit");

    public static Ref DatabaseFreeBytesLimit { get; } = new("DatabaseFreeBytesLimit");

    /// <summary>The names of the conditions.</summary>
    public const string HasCertificate = "HasCertificate", HasAllowedCidr = "HasAllowedCidr", HasKey = "HasKey";

    public static Ref InstanceType(InstanceRole role) => new($"{role.LogicalName}InstanceType");

    public static Ref BundleSha256(InstanceRole role) => new($"{role.LogicalName}BundleSha256");

    public static Ref LaunchTemplateVersion(InstanceRole role) => new($"{role.LogicalName}LaunchTemplateVersion");

    /// <summary>The condition that the role's instances live on credits.</summary>
    public static string IsBurstable(InstanceRole role) => $"{role.LogicalName}IsBurstable";

    /// <summary>The condition that the role's group is kept at a version.</summary>
    public static string IsPinned(InstanceRole role) => $"{role.LogicalName}IsPinned";

    /// <summary>Adds them, with what must hold between them.</summary>
    public static void AddTo(Template template, Fleet fleet)
    {
        template.Add("Prefix", BaseParameters.Prefix);
        AddCallers(template);
        AddSizes(template, fleet);
        AddRelease(template, fleet);
        template.Mappings.Add(Types, []);
        foreach (var (type, burstable) in InstanceTypes)
        {
            template.Mappings[Types].Add(type, new() { ["Burstable"] = burstable ? "true" : "false" });
        }
    }

    private static void AddCallers(Template template)
    {
        template.Add(CertificateArn.LogicalId, new Parameter("The certificate (ACM) of the balancer's name; empty: plain HTTP, for AllowedCidr alone.")
        {
            Default = string.Empty,
            AllowedPattern = "|arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+",
            ConstraintDescription = "CertificateArn: the certificate's ARN in this region, or empty.",
        });
        template.Add(AllowedCidr.LogicalId, new Parameter("Who may call: 203.0.113.7/32; empty, which needs a certificate: everybody.")
        {
            Default = string.Empty,
            AllowedPattern = @"|([0-9]{1,3}\.){3}[0-9]{1,3}/(8|9|[12][0-9]|3[0-2])",
            ConstraintDescription = "AllowedCidr: an IPv4 network of /8 to /32, or empty.",
        });
        template.Add(HasCertificate, Fn.Given(CertificateArn));
        template.Add(HasAllowedCidr, Fn.Given(AllowedCidr));
        template.Rules.Add("PlainHttpIsForSomeAlone", new Rule(
            Fn.Empty(CertificateArn),
            Fn.Given(AllowedCidr),
            "Without CertificateArn everything goes in clear text: give AllowedCidr, the network that may call."));
    }

    private static void AddSizes(Template template, Fleet fleet)
    {
        foreach (var role in fleet.Roles)
        {
            template.Add(InstanceType(role).LogicalId, new Parameter($"The {role.Name}'s machine. t2.micro has too little memory for a load; see docs/aws.md.")
            {
                Default = "t3.small",
                AllowedValues = [.. InstanceTypes.Select(t => (Value)t.Type)],
            });
            template.Add(IsBurstable(role), Fn.Equal(Fn.FindInMap(Types, InstanceType(role), "Burstable"), "true"));
        }

        template.Add(ScorerMinSize.LogicalId, Parameter.Number("The fewest scorers; 0 until the first models are there.", 1, 0, 100));
        template.Add(ScorerMaxSize.LogicalId, Parameter.Number("The most scorers.", 3, 1, 100));
        template.Add(CpuTarget.LogicalId, Parameter.Number("The processors' use, in per cent, that the group of scorers is kept at.", 70, 10, 90));
        template.Add(VolumeGiB.LogicalId, Parameter.Number("An instance's disk in GiB: system, two versions of the images, models, and a journal of up to 4 GB.", 20, 16, 16384));
        template.Add(DatabaseConnectionsLimit.LogicalId, Parameter.Number("Connections to the database above which an alarm tells; db.t4g.micro takes about 110.", 80, 1, 100000));
        template.Add(DatabaseFreeBytesLimit.LogicalId, Parameter.Number("Free bytes of the database's disk below which an alarm tells.", 2_000_000_000, 100_000_000, int.MaxValue));
        template.Add(KeyName.LogicalId, new Parameter("An SSH key pair for the instances; empty: none. No security group lets SSH in; sessions go by Session Manager.") { Default = string.Empty });
        template.Add(HasKey, Fn.Given(KeyName));
        template.Add(AmazonLinux.LogicalId, new Parameter("Where AWS publishes the newest image of Amazon Linux 2023; each deploy takes the one of its day.")
        {
            Type = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
            Default = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        });
    }

    private static void AddRelease(Template template, Fleet fleet)
    {
        template.Add("Release", new Parameter("The release: deploy.sh says which.")
        {
            AllowedPattern = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
            ConstraintDescription = "Release: letters, digits, '.', '_' and '-'.",
        });
        foreach (var image in fleet.Images)
        {
            template.Add(image.Parameter, new Parameter($"The image {image.Name}, by digest.")
            {
                AllowedPattern = ".+@sha256:[0-9a-f]{64}",
                ConstraintDescription = $"{image.Parameter}: REGISTRY/REPOSITORY@sha256:DIGEST.",
            });
        }

        foreach (var role in fleet.Roles)
        {
            template.Add(BundleSha256(role).LogicalId, new Parameter($"SHA-256 of the {role.Name}'s bundle.")
            {
                AllowedPattern = "[0-9a-f]{64}",
                ConstraintDescription = $"{BundleSha256(role).LogicalId}: 64 hexadecimal digits.",
            });
            template.Add(LaunchTemplateVersion(role).LogicalId, new Parameter(
                $"The launch template version of the {role.Name}'s group; empty: the newest. A release pins the one that runs, so that its instance refresh has something to go back to.")
            {
                Default = string.Empty,
                AllowedPattern = "[0-9]*",
                ConstraintDescription = $"{LaunchTemplateVersion(role).LogicalId}: a number, or empty.",
            });
            template.Add(IsPinned(role), Fn.Given(LaunchTemplateVersion(role)));
        }
    }
}
