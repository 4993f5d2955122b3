using System.Collections.Concurrent;
using Analytics.Testing;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Analytics.EndToEnd.Tests;

/// <summary>Writes what each resource says to a file of its own under <c>artifacts/logs</c>, where a build server collects it.</summary>
internal sealed class ResourceLogs : IAsyncDisposable
{
    private const int LinesOfTail = 30;

    private readonly ResourceLoggerService _logs;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Task> _writers = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _tails = new();
    private readonly Task _watcher;

    public ResourceLogs(DistributedApplication app, string run)
    {
        Folder = Directory.CreateDirectory(Path.Combine(RepositoryFiles.Root, "artifacts", "logs", run)).FullName;
        _logs = app.Services.GetRequiredService<ResourceLoggerService>();
        _watcher = WatchAsync(app.Services.GetRequiredService<ResourceNotificationService>());
    }

    /// <summary>The folder of this run's logs.</summary>
    public string Folder { get; }

    /// <summary>The last lines of each resource, for a failure's message.</summary>
    public string Tail() => string.Join('\n', _tails.Select(t => $"--- {t.Key}\n{string.Join('\n', t.Value)}"));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watcher;
        await Task.WhenAll(_writers.Values);
        _stop.Dispose();
    }

    // A log belongs to an instance, whose id is known only once the orchestrator has made it.
    private async Task WatchAsync(ResourceNotificationService notifications)
    {
        try
        {
            await foreach (var change in notifications.WatchAsync(_stop.Token))
            {
                if (change.ResourceId != change.Resource.Name && HasLog(change.Resource))
                {
                    _ = _writers.GetOrAdd(change.ResourceId, id => WriteAsync(id, change.Resource.Name));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the run.
        }
    }

    // Aspire keeps a hidden rebuilder beside each project.
    private static bool HasLog(IResource resource) =>
        resource is ExecutableResource or ProjectResource or ContainerResource
        && !resource.Name.EndsWith("-rebuilder", StringComparison.Ordinal);

    private async Task WriteAsync(string id, string name)
    {
        var tail = _tails.GetOrAdd(name, _ => new ConcurrentQueue<string>());
        await using var file = new StreamWriter(Path.Combine(Folder, $"{name}.log"), append: true) { AutoFlush = true };
        try
        {
            await foreach (var batch in _logs.WatchAsync(id).WithCancellation(_stop.Token))
            {
                foreach (var line in batch)
                {
                    await file.WriteLineAsync(line.Content);
                    tail.Enqueue(line.Content);
                    while (tail.Count > LinesOfTail)
                    {
                        tail.TryDequeue(out _);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the run.
        }
    }
}
