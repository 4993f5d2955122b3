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

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _tails = new();
    private readonly List<Task> _writers = [];

    public ResourceLogs(DistributedApplication app, string run)
    {
        Folder = Directory.CreateDirectory(Path.Combine(RepositoryFiles.Root, "artifacts", "logs", run)).FullName;
        var logs = app.Services.GetRequiredService<ResourceLoggerService>();
        var model = app.Services.GetRequiredService<DistributedApplicationModel>();
        _writers.AddRange(model.Resources.Where(HasLog).Select(r => WriteAsync(logs, r)));
    }

    /// <summary>The folder of this run's logs.</summary>
    public string Folder { get; }

    /// <summary>The last lines of each resource, for a failure's message.</summary>
    public string Tail() => string.Join('\n', _tails.Select(t => $"--- {t.Key}\n{string.Join('\n', t.Value)}"));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_writers);
        _stop.Dispose();
    }

    // Aspire keeps a hidden rebuilder beside each project; a parameter and the store run nothing.
    private static bool HasLog(IResource resource) =>
        resource is ExecutableResource or ProjectResource or ContainerResource
        && !resource.Name.EndsWith("-rebuilder", StringComparison.Ordinal);

    private async Task WriteAsync(ResourceLoggerService logs, IResource resource)
    {
        var tail = _tails.GetOrAdd(resource.Name, _ => new ConcurrentQueue<string>());
        await using var file = new StreamWriter(Path.Combine(Folder, $"{resource.Name}.log")) { AutoFlush = true };
        try
        {
            await foreach (var batch in logs.WatchAsync(resource).WithCancellation(_stop.Token))
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
