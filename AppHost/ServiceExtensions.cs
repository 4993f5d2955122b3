using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Analytics.AppHost.Publishing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Analytics.AppHost;

/// <summary>What the services have in common in this application.</summary>
internal static class ServiceExtensions
{
    private const int MostReplicas = 32;

    /// <summary>
    /// Adds a service's project with the AppHost's own environment; what is published runs in Production, whatever this machine's is.
    /// Launch profiles are left out: this file is the whole truth about how a service is started here.
    /// </summary>
    public static IResourceBuilder<ProjectResource> AddService<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        var environment = builder.ExecutionContext.IsPublishMode ? Environments.Production : builder.Environment.EnvironmentName;
        return builder.AddProject<TProject>(name, options => options.ExcludeLaunchProfile = true)
            // No proxy of ours stands before a service: a caller must not be able to name another address as its own.
            .DisableForwardedHeaders()
            .WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString)
            .WithEnvironment("ASPNETCORE_ENVIRONMENT", environment)
            .WithEnvironment("DOTNET_ENVIRONMENT", environment)
            .WithTelemetry();
    }

    /// <summary>
    /// Gives the service a folder of its own, by the setting that names it: under the data folder, and a volume where it is published. The
    /// services' default is in the system's temporary folder, which two applications on one machine would share.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithFolder(this IResourceBuilder<ProjectResource> service, string setting, string name) =>
        service.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? service.WithEnvironment(setting, service.WithVolume(name))
            : service.WithEnvironment(setting, Path.Combine(DataFolder.Of(service.ApplicationBuilder), name));

    /// <summary>
    /// The key that callers must present, by its name and SHA-256, where the application is published; here, in Development, calls from this
    /// machine need none.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithApiKey(this IResourceBuilder<ProjectResource> service, string scope)
    {
        var builder = service.ApplicationBuilder;
        return builder.ExecutionContext.IsRunMode
            ? service
            : service
                .WithEnvironment($"ApiKeys__{scope}__0__Name", builder.AddParameter($"{scope}-key-name", scope, publishValueAsDefault: true)
                    .WithDescription($"Who has the key of the {service.Resource.Name}'s callers; stands in every record that they cause."))
                .WithEnvironment($"ApiKeys__{scope}__0__Sha256", builder.AddParameter($"{scope}-key-sha256", secret: true)
                    .WithDescription($"SHA-256 of that key, 64 hexadecimal digits: printf %s \"$KEY\" | sha256sum."));
    }

    /// <summary>Whether the trainer makes the sample models: in Development by itself, and where it is published unless its operator does not want them.</summary>
    public static IResourceBuilder<ProjectResource> WithSamples(this IResourceBuilder<ProjectResource> trainer) =>
        trainer.ApplicationBuilder.ExecutionContext.IsRunMode
            ? trainer
            : trainer.WithEnvironment("Trainer__TrainSamples", trainer.ApplicationBuilder.AddParameter("train-samples", "true", publishValueAsDefault: true)
                .WithDescription("Whether the trainer makes the sample models at its first start; the scorer is ready only when they are there."));

    /// <summary>The most memory that the service may use where it is published.</summary>
    public static IResourceBuilder<ProjectResource> WithMemory(this IResourceBuilder<ProjectResource> service, int mebibytes) =>
        service.WithAnnotation(new MemoryAnnotation(mebibytes));

    /// <summary>Mounts a volume and returns where.</summary>
    public static string WithVolume<T>(this IResourceBuilder<T> service, string name)
        where T : IResource
    {
        var path = $"/data/{name}";
        service.WithAnnotation(new ContainerMountAnnotation(name, path, ContainerMountType.Volume, isReadOnly: false));
        return path;
    }

    /// <summary>
    /// The models that the scorer must serve before it counts as ready: those of the samples, which the trainer makes on the first
    /// start. Others that appear in the store are served as well.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithServedModels(this IResourceBuilder<ProjectResource> scorer, params string[] models)
    {
        for (var i = 0; i < models.Length; i++)
        {
            scorer.WithEnvironment($"Scorer__Models__{i}", models[i]);
        }

        return scorer;
    }

    /// <summary>The service's HTTP endpoint on a fixed port, its readiness as the resource's health, and its API page's address.</summary>
    public static IResourceBuilder<ProjectResource> WithHttpApi(this IResourceBuilder<ProjectResource> service, int port) =>
        service
            .WithHttpEndpoint(port, name: "http")
            .WithHttpHealthCheck("/health/ready")
            .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/scalar", DisplayText = "API" });

    /// <summary>
    /// The service's gRPC endpoint on a fixed port. A setting says where the service shall listen, not its addresses: those are HTTP/1.1's, and without
    /// TLS a port speaks one of the two.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithRpc(this IResourceBuilder<ProjectResource> service, int port, string setting) =>
        service.WithEndpoint(port: port, scheme: "http", name: "grpc", env: setting);

    /// <summary>
    /// How many processes <c>{service}:Replicas</c> wants; 1 when it says nothing. They have ports of their own, which Aspire's proxy hides behind
    /// the service's one.
    /// </summary>
    public static int Replicas(this IDistributedApplicationBuilder builder, string service)
    {
        var setting = builder.Configuration[$"{service}:Replicas"];
        return string.IsNullOrWhiteSpace(setting) ? 1
            : int.TryParse(setting, NumberStyles.None, CultureInfo.InvariantCulture, out var replicas) && replicas is >= 1 and <= MostReplicas ? replicas
            : throw new SetupException($"{service}:Replicas is '{setting}'; expected a number, 1 to {MostReplicas}.");
    }

    /// <summary>The port <c>Ports:{service}</c>, which must be free: a taken one would show only in a log far from its cause.</summary>
    public static int Port(this IDistributedApplicationBuilder builder, string service, int standard)
    {
        var setting = builder.Configuration[$"Ports:{service}"];
        if (string.IsNullOrWhiteSpace(setting))
        {
            setting = standard.ToString(CultureInfo.InvariantCulture);
        }

        if (!int.TryParse(setting, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            throw new SetupException($"Ports:{service} is '{setting}'; expected a port number, 1 to 65535.");
        }

        // Under test Aspire gives every endpoint a random port and this number is not used.
        if (builder.ExecutionContext.IsRunMode && !builder.Configuration.GetValue<bool>("DcpPublisher:RandomizePorts") && !IsFree(port))
        {
            throw new SetupException(
                $"Port {port} of the {service.ToLowerInvariant()} is taken by another program. Stop that program, or choose another port: Ports__{service}=… in the environment.");
        }

        return port;
    }

    // Asked by connecting: binding would also meet connections of the last run that the system has not forgotten yet.
    private static bool IsFree(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
