using System.Globalization;
using System.Text;

namespace Analytics.AppHost.Publishing.Docker;

/// <summary>The example of the compose file's <c>.env</c>: each variable with its description and default, and no secret.</summary>
internal static class EnvironmentFile
{
    /// <summary>The collector's image.</summary>
    public static DeploymentVariable CollectorVariable { get; } =
        new("COLLECTOR_IMAGE", "The OpenTelemetry collector.", Telemetry.Collector.Image, IsSecret: false);

    /// <summary>The collector's configuration: what it does with what it gets.</summary>
    public static DeploymentVariable CollectorConfiguration { get; } = new(
        "COLLECTOR_CONFIG",
        "What the collector does: ./collector.yaml only counts; ./collector-cloudwatch.yaml sends to CloudWatch and X-Ray, and needs AWS_REGION.",
        "./collector.yaml",
        IsSecret: false);

    /// <summary>The variable of an image: <c>SCORER_IMAGE</c>.</summary>
    public static DeploymentVariable ImageVariable(string image)
    {
        var name = DockerFile.ShortName(image);
        return new($"{Name(name)}_IMAGE", $"The {name}'s image; one with a release's tag or digest makes an update or a way back.", $"{image}:latest", IsSecret: false);
    }

    /// <summary>The variable of a port of the host: <c>SCORER_HTTP_PORT</c>.</summary>
    public static DeploymentVariable PortVariable(DeployedService service, ServicePort port) => new(
        $"{Name(service.Name)}_{Name(port.Name)}_PORT",
        $"The host's port for the {service.Name}'s {port.Name}, {(port.IsPublic ? "open to everybody who reaches the host" : "open to the host itself only")}.",
        port.Port.ToString(CultureInfo.InvariantCulture),
        IsSecret: false);

    /// <summary>The file.</summary>
    public static string Text(Deployment deployment)
    {
        var own = new List<DeploymentVariable>
        {
            new("COMPOSE_PROJECT_NAME", "What the containers' and volumes' names begin with; another name is another installation.", "analytics", IsSecret: false),
            new("VERSION", "The version that built images are labelled with.", "0.0.0", IsSecret: false),
            new("REVISION", "The commit that built images are labelled with.", "unknown", IsSecret: false),
        };
        own.AddRange(deployment.Images.Select(image => ImageVariable(image.Name)));
        own.Add(CollectorVariable);
        own.Add(CollectorConfiguration);
        own.AddRange(deployment.Services.SelectMany(s => s.Ports.Select(p => PortVariable(s, p))));

        var text = new StringBuilder("# Copy to .env beside compose.yaml and fill in what has no value. Keep .env to yourself: it holds secrets.\n");
        Section(text, "To be given", deployment.Variables.Where(v => v.Default is null));
        Section(text, "To be changed where the default does not fit", deployment.Variables.Where(v => v.Default is not null).Concat(own));
        return text.ToString();
    }

    private static void Section(StringBuilder text, string title, IEnumerable<DeploymentVariable> variables)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n# == {title}\n");
        foreach (var variable in variables)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n# {variable.Description}\n{variable.Name}={variable.Default}\n");
        }
    }

    private static string Name(string name) => name.Replace('-', '_').ToUpperInvariant();
}
