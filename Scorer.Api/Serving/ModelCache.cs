using System.Security.Cryptography;
using System.Text.Json;
using Analytics.Registry.Models;
using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// The local folder of verified blobs (<c>blobs/{sha256}</c>) and of each model's last good version
/// (<c>champions/{model}.json</c>). Processes may share it: files appear whole, and what is missing is fetched again.
/// </summary>
internal sealed class ModelCache(ModelRegistry registry, IOptions<ScorerOptions> options, TimeProvider time)
{
    private static readonly TimeSpan InUse = TimeSpan.FromMinutes(1);

    // A transfer that moves nothing fails long before.
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromHours(1);

    // What is read and hashed at once: a fraction of a millisecond.
    private const int PartBytes = 256 * 1024;

    private readonly string _blobs = Path.Combine(options.Value.CacheFolder, "blobs");
    private readonly string _champions = Path.Combine(options.Value.CacheFolder, "champions");

    /// <summary>Brings the file into the folder, unless one of its size is there. Waits for the store, and for nothing else.</summary>
    public async Task EnsureAsync(string model, ModelFile file, TimeSpan pause, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_blobs);
        var path = BlobPath(file);
        if (new FileInfo(path) is { Exists: true } info && info.Length == file.Size)
        {
            File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
            return;
        }

        await registry.FetchFileAsync(model, file, path, cancellationToken, pause);
    }

    /// <summary>
    /// Reads the file into <paramref name="content"/>, which has its size; false when the folder does not have it as the manifest
    /// describes it, and what it has instead is removed. The bytes given are the bytes that were hashed: a file may have been
    /// damaged since it was fetched.
    /// </summary>
    public bool TryRead(ModelFile file, Span<byte> content)
    {
        var path = BlobPath(file);
        try
        {
            using (var handle = File.OpenHandle(path))
            {
                if (RandomAccess.GetLength(handle) == file.Size && ReadWhole(handle, content) is { } sha256
                    && Convert.ToHexStringLower(sha256) == file.Sha256)
                {
                    return true;
                }
            }

            File.Delete(path);
        }
        catch (FileNotFoundException)
        {
            // Another process that shares the folder has removed it.
        }

        return false;
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
            return champion?.Manifest is not null && champion.Store == registry.Store.Location
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
    /// Removes the blobs used longest ago until the rest fits the bound, and what was never fetched to its end. Those of loaded
    /// and of last good versions stay, and for a minute those that another load may be about to read.
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
            var age = time.GetUtcNow().UtcDateTime - file.LastWriteTimeUtc;
            if (file.Extension == ".part" ? age > AbandonedAfter : left < 0 && age > InUse && !kept.Contains(file.Name))
            {
                file.Delete();
            }
        }
    }

    // The hash of what was read; null when the file is shorter than it was.
    private static byte[]? ReadWhole(SafeFileHandle handle, Span<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var done = 0; done < content.Length;)
        {
            LoadThread.Breathe();
            var part = content.Slice(done, Math.Min(PartBytes, content.Length - done));
            var read = RandomAccess.Read(handle, part, done);
            if (read == 0)
            {
                return null;
            }

            hash.AppendData(part[..read]);
            done += read;
        }

        return hash.GetHashAndReset();
    }

    private string BlobPath(ModelFile file) => Path.Combine(_blobs, file.Sha256);

    private string ChampionPath(string model) => Path.Combine(_champions, $"{RegistryName.RequireModel(model)}.json");
}

/// <summary>A model's last good version.</summary>
/// <param name="Store">The store's location: another store's model of the same name is another model.</param>
/// <param name="Manifest">The version's manifest.</param>
internal sealed record CachedChampion(string Store, Manifest Manifest);
