using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Analytics.AppHost;

/// <summary>
/// Stops the resources in the reverse of the order in which they waited for each other at the start, each wave before the next.
/// The orchestrator alone would signal all of them at once, and return before they are gone: the scorer writes its last records
/// when it is told to stop, and needs its database for that.
/// </summary>
internal sealed partial class OrderedStop(
    DistributedApplicationModel model,
    ResourceCommandService commands,
    ResourceNotificationService notifications,
    ILogger<OrderedStop> logger) : IHostedService
{
    private static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Hosted services are stopped last one first: the builder added the orchestrator before this one.
    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var wave in Waves(model.Resources))
        {
            await Task.WhenAll(wave.Where(CanStop).Select(resource => StopAsync(resource, cancellationToken)));
        }
    }

    /// <summary>Who nobody waits for comes first, then who only those waited for, and so on.</summary>
    internal static IEnumerable<IReadOnlyList<IResource>> Waves(IEnumerable<IResource> resources)
    {
        var left = resources.Where(r => r is ExecutableResource or ProjectResource or ContainerResource).ToHashSet();
        while (left.Count > 0)
        {
            var awaited = left.SelectMany(r => r.Annotations.OfType<WaitAnnotation>().Select(a => Host(a.Resource))).ToHashSet();
            var wave = left.Where(r => !awaited.Contains(r)).ToList();
            if (wave.Count == 0)
            {
                // A circle: Aspire refuses it at the start, and a stop must end.
                wave = [.. left];
            }

            left.ExceptWith(wave);
            yield return wave;
        }
    }

    // A database in a container is waited for, its server is stopped.
    private static IResource Host(IResource resource) => resource is IResourceWithParent child ? Host(child.Parent) : resource;

    // The dashboard cannot: it shows the stop until the end.
    private bool CanStop(IResource resource) =>
        resource.Annotations.OfType<ResourceCommandAnnotation>().Any(command => command.Name == KnownResourceCommands.StopCommand)
        && (resource.GetReplicaCount() > 1 || IsRunning(resource.Name));

    private bool IsRunning(string id) =>
        notifications.TryGetCurrentState(id, out var current) && current.Snapshot.State?.Text == KnownResourceStates.Running;

    private async Task StopAsync(IResource resource, CancellationToken cancellationToken)
    {
        // One replica after the other: stopped at once, each fails for the other.
        foreach (var id in await IdsAsync(resource, cancellationToken))
        {
            var result = await commands.ExecuteCommandAsync(id, KnownResourceCommands.StopCommand, cancellationToken);
            if (!result.Success)
            {
                LogNotStopped(id, result.Message ?? "no reason given");
            }
        }
    }

    // Replicas have ids of their own, which only their states tell; Aspire tells all present ones first.
    private async Task<IEnumerable<string>> IdsAsync(IResource resource, CancellationToken cancellationToken)
    {
        var replicas = resource.GetReplicaCount();
        if (replicas == 1)
        {
            return [resource.Name];
        }

        var ids = new HashSet<string>(StringComparer.Ordinal);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(LookTimeout);
        try
        {
            await notifications.WaitForResourceAsync(resource.Name, e => ids.Add(e.ResourceId) && ids.Count == replicas, bound.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Some were never started.
        }

        return ids.Where(IsRunning);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Resource} did not stop in order ({Reason}); the orchestrator stops it now.")]
    private partial void LogNotStopped(string resource, string reason);
}
