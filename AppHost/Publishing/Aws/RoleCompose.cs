using System.Globalization;
using Analytics.AppHost.Publishing.Docker;

namespace Analytics.AppHost.Publishing.Aws;

/// <summary>
/// The compose file of a role's instances: its services as on one host, with RDS in place of the database beside them, the bucket in place of
/// the folder, and the instance's role in place of keys. Its variables come from the instance's <c>.env</c>, which the start writes from the
/// stack's values and the role's parameters.
/// </summary>
internal static class RoleCompose
{
    // What the default machine has for a service beside the system, the collector and the agent (docs/aws.md, "Memory").
    private const int DefaultMemoryMiB = 1152;

    // The bundle has RDS's certificate authorities under this name.
    private static readonly (string File, string Path) Authorities = ("rds.pem", "/etc/analytics/rds.pem");

    // What only hosts elsewhere need: an instance has a role, and speaks to Amazon's own S3.
    private static readonly string[] Elsewhere = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "STORE_SERVICE_URL"];

    /// <summary>The file.</summary>
    public static string Text(InstanceRole role, Deployment deployment)
    {
        var names = role.Services.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        var here = deployment with
        {
            Services = [.. role.Services.Select(s => Here(s, names, deployment.Databases))],
            Databases = [],
            Variables = [.. deployment.Variables.Where(v => v.Name is not ("STORE_URL" or "AWS_REGION")), .. Stack],
        };
        return ComposeFile.Text(here, new ComposePlace
        {
            Heading =
            [
                "Written by `aspire publish` from the application model; a change belongs there (docs/aws.md).",
                $"What runs on an instance of the role {role.Name}; its variables come from /opt/analytics/.env.",
            ],
            Shared = Authorities,
            CollectorVariables = [Required("AWS_REGION"), Required("INSTANCE_ID")],
            Memory = service => string.Create(
                CultureInfo.InvariantCulture, $"${{{Variable(service.Name)}_MEMORY:-{Math.Min(service.MemoryMiB, DefaultMemoryMiB)}m}}"),
        });
    }

    // What the stacks know.
    private static IReadOnlyList<DeploymentVariable> Stack { get; } =
        [.. new[] { "AWS_REGION", "DATABASE_HOST", "DATABASE_NAME", "DATABASE_PORT", "DATABASE_SECRET_ARN", "STORE_URL" }.Select(Required)];

    private static DeployedService Here(DeployedService service, HashSet<string> names, IReadOnlyList<DeployedDatabase> databases)
    {
        var environment = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in service.Environment)
        {
            if (databases.Any(d => value.Contains($"Host={d.Name};", StringComparison.Ordinal)))
            {
                environment[name] = $"Host=${{DATABASE_HOST}};Port=${{DATABASE_PORT}};Database=${{DATABASE_NAME}};SSL Mode=VerifyFull;Root Certificate={Authorities.Path};Gss Encryption Mode=Disable";
                environment["Database__Secret"] = "${DATABASE_SECRET_ARN}";
            }
            else if (!Elsewhere.Any(variable => value == $"${{{variable}}}"))
            {
                environment[name] = value;
            }
        }

        // An instance that goes takes its disk along: what PostgreSQL lacks then goes to the bucket, where the trainer finds it.
        if (environment.ContainsKey("Journal__Folder"))
        {
            environment["Journal__HandOver"] = "true";
        }

        // Only the balancer reaches its port, and the balancer says who the client is: rates are limited by that.
        if (service.Ports.Any(p => p.IsPublic))
        {
            environment["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true";
        }

        return service with
        {
            Environment = [.. environment],
            WaitsFor = [.. service.WaitsFor.Where(names.Contains)],
            Volumes = [.. service.Volumes.Where(v => v.Name != "store")],
        };
    }

    private static DeploymentVariable Required(string name) => new(name, "From the stacks.", null, IsSecret: false);

    private static string Variable(string name) => name.Replace('-', '_').ToUpperInvariant();
}
