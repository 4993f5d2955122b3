using Microsoft.Extensions.Logging;

namespace Analytics.AppHost.Publishing;

/// <summary>Reads the application model into a <see cref="Deployment"/>.</summary>
/// <param name="repository">The repository's root.</param>
/// <param name="execution">The publish that this is part of.</param>
/// <param name="logger">For the callbacks of the model.</param>
internal sealed class DeploymentReader(string repository, DistributedApplicationExecutionContext execution, ILogger logger)
{
    private const int StandardMemory = 512;

    private readonly ModelValues _values = new();

    /// <summary>Reads the model.</summary>
    /// <exception cref="InvalidOperationException">It has something that cannot be published; the message names it.</exception>
    public async Task<Deployment> ReadAsync(DistributedApplicationModel model, CancellationToken cancellationToken)
    {
        var services = new List<DeployedService>();
        var images = new List<DeployedImage>();
        var databases = new List<DeployedDatabase>();
        var once = model.Resources.SelectMany(Waits).Where(w => w.WaitType == WaitType.WaitForCompletion).Select(w => w.Resource).ToHashSet();
        foreach (var resource in model.GetComputeResources())
        {
            switch (resource)
            {
                case ProjectResource project:
                    var image = ProjectFiles.Image(repository, project.GetProjectMetadata().ProjectPath);
                    services.Add(await ServiceAsync(project, image, once.Contains(project), cancellationToken));
                    images.AddRange(images.Any(i => i.Name == image.Name) ? [] : [image]);
                    break;
                case PostgresServerResource server:
                    databases.Add(await DatabaseAsync(server, cancellationToken));
                    break;
                default:
                    throw new InvalidOperationException(
                        $"The resource '{resource.Name}' is a {resource.GetType().Name}; expected a project or a PostgreSQL server, which alone can be published.");
            }
        }

        return new Deployment(services, _values.Variables) { Images = images, Databases = databases };
    }

    private async Task<DeployedService> ServiceAsync(ProjectResource project, DeployedImage image, bool runsOnce, CancellationToken cancellationToken)
    {
        return new DeployedService
        {
            Name = project.Name,
            Image = image.Name,
            Project = image.Project,
            RunsOnce = runsOnce,
            Arguments = await ArgumentsAsync(project, cancellationToken),
            Ports = [.. project.Annotations.OfType<EndpointAnnotation>().Select(e => new ServicePort(e.Name, ModelValues.Port(project, e), e.IsExternal))],
            Environment = [.. await EnvironmentAsync(project, cancellationToken)],
            WaitsFor = [.. Waits(project).Select(w => Server(w.Resource).Name).Distinct(StringComparer.Ordinal)],
            Volumes = [.. Mounts(project).Select(m => new ServiceVolume(m.Source!, m.Target))],
            IsHealthChecked = !runsOnce && project.Annotations.OfType<HealthCheckAnnotation>().Any(),
            MemoryMiB = project.Annotations.OfType<MemoryAnnotation>().LastOrDefault()?.MiB ?? StandardMemory,
        };
    }

    private async Task<DeployedDatabase> DatabaseAsync(PostgresServerResource server, CancellationToken cancellationToken)
    {
        var image = server.Annotations.OfType<ContainerImageAnnotation>().Last();
        var prefix = string.IsNullOrEmpty(image.Registry) ? "" : $"{image.Registry}/";
        return new DeployedDatabase
        {
            Name = server.Name,
            Image = $"{prefix}{image.Image}:{image.Tag}",
            Port = ModelValues.Port(server, server.Annotations.OfType<EndpointAnnotation>().Single()),
            Databases = [.. server.Databases.Values.Order(StringComparer.Ordinal)],
            Environment = [.. await EnvironmentAsync(server, cancellationToken)],
        };
    }

    private async Task<SortedDictionary<string, string>> EnvironmentAsync(IResource resource, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        var context = new EnvironmentCallbackContext(execution, resource, values, cancellationToken) { Logger = logger };
        foreach (var callback in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        return new SortedDictionary<string, string>(
            values.ToDictionary(v => v.Key, v => _values.Text($"The environment's {v.Key} of '{resource.Name}'", v.Value)), StringComparer.Ordinal);
    }

    private async Task<IReadOnlyList<string>> ArgumentsAsync(ProjectResource resource, CancellationToken cancellationToken)
    {
        var arguments = new List<object>();
        var context = new CommandLineArgsCallbackContext(arguments, resource, cancellationToken) { ExecutionContext = execution, Logger = logger };
        foreach (var callback in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        return [.. arguments.Select(a => _values.Text($"An argument of '{resource.Name}'", a))];
    }

    private static IEnumerable<ContainerMountAnnotation> Mounts(ProjectResource resource)
    {
        foreach (var mount in resource.Annotations.OfType<ContainerMountAnnotation>())
        {
            yield return mount is { Type: ContainerMountType.Volume, Source: not null }
                ? mount
                : throw new InvalidOperationException($"'{resource.Name}' mounts {mount.Source} at {mount.Target}; expected a named volume, for folders of this machine are not published.");
        }
    }

    private static IEnumerable<WaitAnnotation> Waits(IResource resource) => resource.Annotations.OfType<WaitAnnotation>();

    // A database is waited for, its server runs.
    private static IResource Server(IResource resource) => resource is IResourceWithParent child ? Server(child.Parent) : resource;
}
