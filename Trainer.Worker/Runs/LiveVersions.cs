using Analytics.Registry.Models;
using Analytics.Registry.Store;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>A model's aliases, and the versions that they name or ever named: what is served, and what one may roll back to.</summary>
internal static class LiveVersions
{
    /// <summary>The names of a model's aliases.</summary>
    // The documents directly in the folder; the folders beside them hold the past settings.
    public static IAsyncEnumerable<string> AliasesAsync(IModelStore store, string model, CancellationToken cancellationToken)
    {
        var folder = $"{StoreKeys.Models}{model}/aliases/";
        return store.ListAsync(folder, cancellationToken)
            .Select(entry => entry.Key[folder.Length..])
            .Where(name => !name.Contains('/', StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal))
            .Select(name => name[..^5])
            .Where(name => RegistryName.IsModel(name));
    }

    /// <summary>The versions.</summary>
    public static async Task<HashSet<int>> ReadAsync(ModelRegistry registry, string model, CancellationToken cancellationToken)
    {
        var versions = new HashSet<int>();
        await foreach (var alias in AliasesAsync(registry.Store, model, cancellationToken))
        {
            versions.UnionWith((await registry.ListAliasHistoryAsync(model, alias, cancellationToken)).Select(s => s.Version));
        }

        return versions;
    }
}
