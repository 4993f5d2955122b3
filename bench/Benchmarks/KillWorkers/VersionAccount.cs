using Analytics.Registry.Database;
using Analytics.Registry.Models;

namespace Analytics.Benchmarks.KillWorkers;

/// <summary>What the store has for the runs that were queued.</summary>
/// <param name="Versions">All manifests.</param>
/// <param name="Duplicates">Manifests of a run that has another one too.</param>
/// <param name="Strangers">Manifests of a run that did not succeed, or that ended with another version.</param>
internal sealed record VersionAccount(int Versions, int Duplicates, int Strangers)
{
    public static async Task<VersionAccount> OfAsync(ModelRegistry registry, IReadOnlyList<TrainingRun> runs, CancellationToken cancellationToken)
    {
        var committed = runs.Where(r => r.State == RunState.Succeeded).ToDictionary(r => r.Id, r => r.Version);
        var seen = new HashSet<Guid>();
        int versions = 0, duplicates = 0, strangers = 0;
        await foreach (var model in registry.ListModelsAsync(cancellationToken))
        {
            await foreach (var version in registry.ListVersionsAsync(model, cancellationToken))
            {
                var manifest = await registry.FindManifestAsync(model, version, cancellationToken);
                versions++;
                duplicates += seen.Add(manifest!.RunId) ? 0 : 1;
                strangers += committed.GetValueOrDefault(manifest.RunId) == version ? 0 : 1;
            }
        }

        return new VersionAccount(versions, duplicates, strangers);
    }
}
