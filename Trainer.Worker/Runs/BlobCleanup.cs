using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// Removes files of models that no manifest names: what cancelled and interrupted runs put before they ended. Only old ones, and
/// none of a model that a run is working on: a run puts its files anew even where they are there, then its manifest.
/// </summary>
internal sealed partial class BlobCleanup(
    DbContextOptions<AnalyticsContext> database, ModelRegistry registry, ILogger<BlobCleanup> logger)
{
    /// <summary>Removes the files put before; returns how many. A model whose manifests cannot all be read keeps everything.</summary>
    public async Task<int> RemoveAsync(DateTimeOffset putBefore, CancellationToken cancellationToken)
    {
        var removed = 0;
        await foreach (var model in registry.ListModelsAsync(cancellationToken))
        {
            try
            {
                removed += await RemoveAsync(model, putBefore, cancellationToken);
            }
            catch (StoreException e) when (e.Kind == StoreErrorKind.Corrupt)
            {
                LogKept(logger, model, e.Message);
            }
        }

        return removed;
    }

    private async Task<int> RemoveAsync(string model, DateTimeOffset putBefore, CancellationToken cancellationToken)
    {
        // The files first: one whose manifest comes later than this list is younger than the bound, or was put again.
        var folder = $"{StoreKeys.Models}{model}/blobs/";
        var old = await registry.Store.ListAsync(folder, cancellationToken)
            .Where(entry => entry.LastModified < putBefore).Select(entry => entry.Key).ToListAsync(cancellationToken);
        if (old.Count == 0)
        {
            return 0;
        }

        var named = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var version in registry.ListVersionsAsync(model, cancellationToken))
        {
            if (await registry.FindManifestAsync(model, version, cancellationToken) is { } manifest)
            {
                named.UnionWith(manifest.Files.Select(f => StoreKeys.Blob(model, f.Sha256)));
            }
        }

        var removed = 0;
        foreach (var key in old.Where(key => !named.Contains(key)))
        {
            if (await IsWorkedOnAsync(model, cancellationToken))
            {
                break;
            }

            await registry.Store.DeleteAsync(key, cancellationToken);
            removed++;
        }

        return removed;
    }

    private async Task<bool> IsWorkedOnAsync(string model, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        return await context.TrainingRuns.AnyAsync(
            r => r.Model == model && r.State == RunState.Running, cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "The unused files of {Model} stay, for not every manifest can be read: {Reason}")]
    private static partial void LogKept(ILogger logger, string model, string reason);
}
