using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Store;

namespace Analytics.Benchmarks.Reload;

/// <summary>
/// Puts versions into the store, whole and broken, and moves aliases. Blobs and manifests are put before the run, so that what
/// a trainer's machine would do takes no time from this one's scorer; to publish is to move the alias.
/// </summary>
internal sealed class Publisher(ModelRegistry registry, WorkFolder folder)
{
    private readonly Dictionary<string, long> _sequences = new(StringComparer.Ordinal);

    public async Task PrepareAsync(Publication publication, TrainedVariant other, CancellationToken cancellationToken)
    {
        var (variant, version, fault) = publication;
        var graph = fault == PublicationFault.NotOnnx
            ? Encoding.ASCII.GetBytes($"This is no graph, and version {version} of {variant.Model}.")
            : variant.GraphWith($"version {version}");
        var golden = fault == PublicationFault.WrongGoldenRows ? other.Golden : variant.Golden;
        var files = new[]
        {
            await PutAsync(variant.Model, FileRole.Model, graph, cancellationToken),
            await PutAsync(variant.Model, FileRole.Golden, golden, cancellationToken),
        };
        var manifest = new Manifest
        {
            Model = fault == PublicationFault.OtherModelsManifest ? "other" : variant.Model,
            Version = version,
            RunId = Guid.CreateVersion7(),
            Created = TimeProvider.System.GetUtcNow(),
            Algorithm = "random-forest",
            Signature = variant.Signature,
            Files = files,
        };
        // Not by the registry's own commit: it refuses most of these.
        await registry.Store.PutDocumentAsync(
            StoreKeys.Manifest(variant.Model, version),
            JsonSerializer.SerializeToUtf8Bytes(manifest, RegistryJson.Default.Manifest),
            PutCondition.IfAbsent,
            cancellationToken);
        await BreakAsync(StoreKeys.Blob(variant.Model, files[0].Sha256), graph, fault, cancellationToken);
    }

    public async Task PublishAsync(Publication publication, CancellationToken cancellationToken)
    {
        var sequence = _sequences[publication.Model] = _sequences.GetValueOrDefault(publication.Model) + 1;
        var setting = new AliasSetting(publication.Version, sequence, "bench", TimeProvider.System.GetUtcNow(), "reload");
        publication.At = Stopwatch.GetTimestamp();
        await registry.Store.PutDocumentAsync(
            StoreKeys.Alias(publication.Model, AliasName.Champion),
            JsonSerializer.SerializeToUtf8Bytes(setting, RegistryJson.Default.AliasSetting),
            PutCondition.None,
            cancellationToken);
    }

    private async Task BreakAsync(string key, byte[] graph, PublicationFault? fault, CancellationToken cancellationToken)
    {
        switch (fault)
        {
            case PublicationFault.TruncatedBlob:
                await PutAsync(key, graph[..(graph.Length / 2)], cancellationToken);
                break;
            case PublicationFault.WrongHash:
                graph[graph.Length / 2] ^= 1;
                await PutAsync(key, graph, cancellationToken);
                break;
            case PublicationFault.MissingBlob:
                await registry.Store.DeleteAsync(key, cancellationToken);
                break;
        }
    }

    private async Task PutAsync(string key, byte[] content, CancellationToken cancellationToken)
    {
        await File.WriteAllBytesAsync(folder.File("blob"), content, cancellationToken);
        await registry.Store.PutFileAsync(key, folder.File("blob"), cancellationToken);
    }

    private async Task<ModelFile> PutAsync(string model, string role, byte[] content, CancellationToken cancellationToken)
    {
        await File.WriteAllBytesAsync(folder.File("blob"), content, cancellationToken);
        return await registry.PutFileAsync(model, role, folder.File("blob"), cancellationToken);
    }
}
