using System.Security.Cryptography;
using System.Text.Json;
using Analytics.Registry.Models;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// The local folder of verified blobs (<c>blobs/{sha256}</c>) and of each model's last good version
/// (<c>champions/{model}.json</c>). Processes may share it: files appear whole, and what is missing is fetched again.
/// </summary>
internal sealed class ModelCache(ModelRegistry registry, IOptions<ScorerOptions> options, TimeProvider time)
{
    private readonly string _blobs = Path.Combine(options.Value.CacheFolder, "blobs");
    private readonly string _champions = Path.Combine(options.Value.CacheFolder, "champions");

    /// <summary>A file's content, from the folder or the store; size and SHA-256 are those of the manifest.</summary>
    public async Task<byte[]> ReadAsync(string model, ModelFile file, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_blobs);
        var path = Path.Combine(_blobs, file.Sha256);
        // The bytes that are loaded are the bytes that were hashed: a cached file may have been damaged since it was fetched.
        if (await ReadVerifiedAsync(path, file, cancellationToken) is { } cached)
        {
            File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
            return cached;
        }

        await registry.FetchFileAsync(model, file, path, cancellationToken);
        return await ReadVerifiedAsync(path, file, cancellationToken)
            ?? throw new InvalidDataException($"{path} changed while it was read; expected the content with SHA-256 {file.Sha256}.");
    }

    /// <summary>Keeps the version as the model's last good one.</summary>
    public async Task RememberAsync(CachedChampion champion, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_champions);
        var path = ChampionPath(champion.Manifest.Model);
        var temporary = $"{path}.{Guid.NewGuid():N}.part";
        await File.WriteAllBytesAsync(
            temporary, JsonSerializer.SerializeToUtf8Bytes(champion, ServingJson.Default.CachedChampion), cancellationToken);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>The model's last good version, where this store has one in the folder; a damaged document is as good as none.</summary>
    public CachedChampion? Find(string model)
    {
        try
        {
            var champion = JsonSerializer.Deserialize(File.ReadAllBytes(ChampionPath(model)), ServingJson.Default.CachedChampion);
            return champion is not null && champion.Store == registry.Store.Location
                && ManifestRules.FindFault(champion.Manifest, model, champion.Manifest.Version) is null
                    ? champion
                    : null;
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The models that have a last good version in the folder.</summary>
    public IReadOnlyList<string> ListModels() =>
        Directory.Exists(_champions)
            ? [.. Directory.EnumerateFiles(_champions, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Where(RegistryName.IsModel)]
            : [];

    /// <summary>
    /// Removes the blobs used longest ago until the rest fits the bound; those of loaded and of last good versions stay.
    /// </summary>
    public void Trim(IEnumerable<Manifest> loaded)
    {
        if (!Directory.Exists(_blobs))
        {
            return;
        }

        var kept = loaded.Concat(ListModels().Select(Find).OfType<CachedChampion>().Select(c => c.Manifest))
            .SelectMany(m => m.Files).Select(f => f.Sha256).ToHashSet(StringComparer.Ordinal);
        var left = options.Value.MaxCacheBytes;
        foreach (var file in new DirectoryInfo(_blobs).EnumerateFiles().OrderByDescending(f => f.LastWriteTimeUtc))
        {
            left -= file.Length;
            // A young file may be one that another load is about to use.
            if (left < 0 && !kept.Contains(file.Name) && file.LastWriteTimeUtc < time.GetUtcNow().UtcDateTime.AddMinutes(-10))
            {
                file.Delete();
            }
        }
    }

    private static async Task<byte[]?> ReadVerifiedAsync(string path, ModelFile file, CancellationToken cancellationToken)
    {
        var info = new FileInfo(path);
        if (!info.Exists || info.Length != file.Size)
        {
            return null;
        }

        var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == file.Sha256 ? bytes : null;
    }

    private string ChampionPath(string model) => Path.Combine(_champions, $"{RegistryName.RequireModel(model)}.json");
}

/// <summary>A model's last good version.</summary>
/// <param name="Store">The store's location: another store's model of the same name is another model.</param>
/// <param name="Manifest">The version's manifest.</param>
internal sealed record CachedChampion(string Store, Manifest Manifest);
