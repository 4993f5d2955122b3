using System.Globalization;
using System.Text.RegularExpressions;

namespace Analytics.AppHost.Publishing.Docker;

/// <summary>The compose file of one host, in the part of the format that docker-compose 1.29 and Compose 2 both read.</summary>
internal static partial class ComposeFile
{
    private const string DataOfPostgres = "/var/lib/postgresql/data";
    // The scorer answers for 5 s more and may need 30 s in all to write its last records.
    private const string StopGrace = "45s";
    private const string DatabaseMemory = "512m";
    private const string CollectorMemory = "256m";

    /// <summary>The file.</summary>
    public static string Text(Deployment deployment, ComposePlace place)
    {
        var services = new Dictionary<string, object>();
        var volumes = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var database in deployment.Databases)
        {
            services[database.Name] = Database(database, deployment.Variables);
            volumes.Add(database.Name);
        }

        foreach (var service in deployment.Services)
        {
            services[service.Name] = Service(service, deployment, place);
            volumes.UnionWith(service.Volumes.Select(v => v.Name));
        }

        services["collector"] = Collector(place);
        return Yaml.Write(
            new Dictionary<string, object> { ["services"] = services, ["volumes"] = volumes.ToDictionary(v => v, _ => new Dictionary<string, object>()) },
            [.. place.Heading]);
    }

    /// <summary>A variable of the compose file with what holds where <c>.env</c> does not give it.</summary>
    public static string Reference(DeploymentVariable variable) =>
        variable.Default is { } standard ? $"${{{variable.Name}:-{standard}}}" : $"${{{variable.Name}:?it is missing in .env}}";

    private static Dictionary<string, object> Service(DeployedService service, Deployment deployment, ComposePlace place)
    {
        var image = deployment.Images.Single(i => i.Name == service.Image);
        var variable = EnvironmentFile.ImageVariable(service.Image);
        var compose = new Dictionary<string, object> { ["image"] = Reference(place.BuildsImages ? variable : variable with { Default = null }) };
        if (place.BuildsImages)
        {
            compose["build"] = new Dictionary<string, object>
            {
                ["context"] = "../..",
                ["dockerfile"] = $"deploy/{DockerArtifacts.Folder}/{DockerFile.Name(image)}",
                ["args"] = new Dictionary<string, object> { ["VERSION"] = "${VERSION:-0.0.0}", ["REVISION"] = "${REVISION:-unknown}" },
            };
        }

        if (service.Arguments.Count > 0)
        {
            compose["command"] = service.Arguments;
        }

        compose["environment"] = Environment(service.Environment, deployment.Variables);
        if (service.Ports.Count > 0)
        {
            compose["ports"] = service.Ports.Select(p => Port(service, p)).ToList();
        }

        if (service.WaitsFor.Count > 0)
        {
            compose["depends_on"] = service.WaitsFor.ToDictionary(name => name, name => (object)new Dictionary<string, object> { ["condition"] = Condition(name, deployment) });
        }

        IReadOnlyList<string> volumes =
        [
            .. service.Volumes.Select(v => $"{v.Name}:{v.Path}"),
            .. place.Shared is { } shared ? [$"./{shared.File}:{shared.Path}:ro"] : Array.Empty<string>(),
        ];
        if (volumes.Count > 0)
        {
            compose["volumes"] = volumes;
        }

        compose["healthcheck"] = service.IsHealthChecked
            ? HealthCheck(["CMD", .. DockerFile.HealthCommand(image)])
            : new Dictionary<string, object> { ["disable"] = true };
        Confine(compose, DockerFile.User, place.Memory(service), "/tmp");
        compose["restart"] = service.RunsOnce ? "no" : "unless-stopped";
        compose["stop_grace_period"] = StopGrace;
        return compose;
    }

    private static Dictionary<string, object> Database(DeployedDatabase database, IReadOnlyList<DeploymentVariable> variables)
    {
        var compose = new Dictionary<string, object>
        {
            ["image"] = database.Image,
            ["environment"] = Environment(database.Environment, variables),
            ["volumes"] = new List<string> { $"{database.Name}:{DataOfPostgres}" },
            // By the network: while it makes its database at the first start, the server answers on its socket only.
            ["healthcheck"] = HealthCheck(["CMD", "pg_isready", "--host=127.0.0.1", "--username=postgres"]),
            ["shm_size"] = "128m",
        };
        // The image's user; its entry point then needs no capability to become it.
        Confine(compose, "999:999", DatabaseMemory, "/tmp", "/run/postgresql:uid=999,gid=999,mode=0775");
        compose["restart"] = "unless-stopped";
        compose["stop_grace_period"] = "60s";
        return compose;
    }

    private static Dictionary<string, object> Collector(ComposePlace place)
    {
        var compose = new Dictionary<string, object>
        {
            ["image"] = Reference(EnvironmentFile.CollectorVariable),
            ["command"] = new List<string> { "--config=/etc/collector.yaml" },
            ["environment"] = place.CollectorVariables.ToDictionary(v => v.Name, v => (object)Reference(v)),
            ["volumes"] = new List<string> { $"{Reference(EnvironmentFile.CollectorConfiguration)}:/etc/collector.yaml:ro" },
        };
        Confine(compose, DockerFile.User, CollectorMemory, "/tmp");
        compose["restart"] = "unless-stopped";
        return compose;
    }

    // What every container has: no way to more rights, a bound on memory and logs, nothing to write but its volumes.
    private static void Confine(Dictionary<string, object> compose, string user, string memory, params string[] tmpfs)
    {
        compose["user"] = user;
        compose["read_only"] = true;
        compose["tmpfs"] = tmpfs;
        compose["cap_drop"] = new List<string> { "ALL" };
        compose["security_opt"] = new List<string> { "no-new-privileges:true" };
        compose["mem_limit"] = memory;
        compose["logging"] = new Dictionary<string, object>
        {
            ["driver"] = "json-file",
            ["options"] = new Dictionary<string, object> { ["max-size"] = "10m", ["max-file"] = "5" },
        };
    }

    private static Dictionary<string, object> HealthCheck(IReadOnlyList<string> test) => new()
    {
        ["test"] = test,
        ["interval"] = "5s",
        ["timeout"] = "5s",
        ["retries"] = 6,
        ["start_period"] = "60s",
    };

    private static string Condition(string name, Deployment deployment) =>
        deployment.Services.FirstOrDefault(s => s.Name == name) switch
        {
            { RunsOnce: true } => "service_completed_successfully",
            { IsHealthChecked: false } => "service_started",
            _ => "service_healthy",
        };

    private static string Port(DeployedService service, ServicePort port)
    {
        var reference = Reference(EnvironmentFile.PortVariable(service, port));
        return string.Create(CultureInfo.InvariantCulture, $"{(port.IsPublic ? "" : "127.0.0.1:")}{reference}:{port.Port}");
    }

    private static Dictionary<string, object> Environment(IEnumerable<KeyValuePair<string, string>> environment, IReadOnlyList<DeploymentVariable> variables) =>
        environment.ToDictionary(e => e.Key, e => (object)Variable().Replace(e.Value, match => Reference(variables.Single(v => v.Name == match.Groups[1].Value))));

    [GeneratedRegex(@"(?<!\$)\$\{([A-Z0-9_]+)\}")]
    private static partial Regex Variable();
}
