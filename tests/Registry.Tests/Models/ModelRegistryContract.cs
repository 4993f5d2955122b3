using System.Text;
using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.Registry.Tests.Store;
using Analytics.Testing;

namespace Analytics.Registry.Tests.Models;

public sealed class DirectoryModelRegistryTests : ModelRegistryContract
{
    protected override Task<IModelStore> CreateStoreAsync(TemporaryFolder folder) => Task.FromResult(
        ModelRegistryExtensions.CreateStore(new StoreOptions { Url = $"file://{folder.File("store")}" }, TimeProvider.System));
}

public sealed class S3ModelRegistryTests(S3Server server) : ModelRegistryContract
{
    protected override async Task<IModelStore> CreateStoreAsync(TemporaryFolder folder) => (await TestStores.CreateAsync(server)).Store;
}

/// <summary>The registry's rules, over every store. Each test has a store of its own.</summary>
public abstract partial class ModelRegistryContract : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private IModelStore _store = null!;
    private ModelRegistry _registry = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = await CreateStoreAsync(_folder);
        _registry = new ModelRegistry(_store, TimeProvider.System);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        (_store as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Commit_Version_IsReadBackTheSame()
    {
        var manifest = await NewManifestAsync() with
        {
            Parameters = new Dictionary<string, JsonElement> { ["trees"] = JsonSerializer.SerializeToElement(100) },
            Gate = new GateVerdict(true, "first version", "accuracy", 0.95),
            Data = new DataFingerprint("iris", new string('b', 64), 150, 120, 30, "split"),
            Warnings = ["column 'Comments' left out"],
        };

        var result = await _registry.CommitAsync(manifest, Cancelled);
        var read = await _registry.FindManifestAsync("iris", 1, Cancelled);

        Assert.Equal(CommitStatus.Committed, result.Status);
        Assert.Equal(Json(manifest), Json(read!));
    }

    [Fact]
    public async Task Commit_SameRunAgain_IsCommittedOnce()
    {
        var manifest = await NewManifestAsync();

        await _registry.CommitAsync(manifest, Cancelled);
        var again = await _registry.CommitAsync(manifest with { Created = DateTimeOffset.UnixEpoch.AddHours(1) }, Cancelled);

        Assert.Equal(CommitStatus.Committed, again.Status);
        Assert.Equal(DateTimeOffset.UnixEpoch, again.Manifest.Created);
    }

    [Fact]
    public async Task Commit_ManyRunsOneNumber_ExactlyOneHasIt()
    {
        var manifests = new List<Manifest>();
        for (var i = 0; i < 12; i++)
        {
            manifests.Add(await NewManifestAsync());
        }

        var results = await Task.WhenAll(manifests.Select(m => Task.Run(() => _registry.CommitAsync(m, Cancelled))));

        var winner = Assert.Single(Enumerable.Range(0, 12), i => results[i].Status == CommitStatus.Committed);
        Assert.All(results, r => Assert.Equal(manifests[winner].RunId, r.Manifest.RunId));
        Assert.Equal([1], await VersionsAsync("iris"));
    }

    [Fact]
    public async Task Commit_BlobMissing_CommitsNothing()
    {
        // serving#1086, triton#356: a version must not appear before its files.
        var error = await Assert.ThrowsAsync<StoreException>(() => _registry.CommitAsync(SampleManifest.Create(), Cancelled));

        Assert.Equal(StoreErrorKind.Corrupt, error.Kind);
        Assert.Contains("the model file is not in the store", error.Message, StringComparison.Ordinal);
        Assert.Empty(await VersionsAsync("iris"));
    }

    [Fact]
    public async Task Commit_BlobOfAnotherSize_CommitsNothing()
    {
        var manifest = await NewManifestAsync();
        await OverwriteBlobAsync(manifest.Files[0], content => content[..^1]);

        var error = await Assert.ThrowsAsync<StoreException>(() => _registry.CommitAsync(manifest, Cancelled));

        Assert.Contains("has 999 bytes, the manifest says 1000", error.Message, StringComparison.Ordinal);
        Assert.Empty(await VersionsAsync("iris"));
    }

    [Fact]
    public async Task Commit_FaultyManifest_IsTheCallersError()
    {
        var manifest = await NewManifestAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => _registry.CommitAsync(manifest with { Files = [] }, Cancelled));
        await Assert.ThrowsAsync<ArgumentException>(() => _registry.CommitAsync(manifest with { Version = 0 }, Cancelled));
        await Assert.ThrowsAsync<ArgumentException>(() => _registry.CommitAsync(manifest with { Model = "../iris" }, Cancelled));
    }

    [Fact]
    public async Task List_NeighbouringNamesAndNumbers_AreKeptApart()
    {
        foreach (var (model, version) in new[] { ("iris", 10), ("iris", 1), ("iris", 2), ("iris-2", 1), ("iris-2", 7), ("iri", 3) })
        {
            await _registry.CommitAsync(await NewManifestAsync(model, version), Cancelled);
        }

        // What is no manifest's key is no version.
        foreach (var stray in new[] { "models/iris/versions/7.json", "models/iris/versions/old/00000008.json", "models/Not A Model/a" })
        {
            await _store.PutDocumentAsync(stray, "{}"u8.ToArray(), PutCondition.None, Cancelled);
        }

        Assert.Equal([1, 2, 10], await VersionsAsync("iris"));
        Assert.Equal([1, 7], await VersionsAsync("iris-2"));
        Assert.Empty(await VersionsAsync("none"));
        Assert.Equal(["iri", "iris", "iris-2"], await _registry.ListModelsAsync(Cancelled).ToListAsync(Cancelled));
    }

    [Fact]
    public async Task FindManifest_NoSuchVersion_IsNull()
    {
        Assert.Null(await _registry.FindManifestAsync("iris", 1, Cancelled));
        Assert.Null(await _registry.FindManifestAsync("iris", -1, Cancelled));
    }

    [Theory]
    [InlineData("not json", "not a valid ManifestFormat")]
    [InlineData("", "not a valid ManifestFormat")]
    [InlineData("null", "expected a JSON object, found null")]
    [InlineData("{}", "not a valid Manifest")]
    [InlineData("""{"format": 2, "shape": "of the future"}""", "format 2 is newer than this program reads (up to 1); update the program")]
    [InlineData("other model", "expected a manifest of model 'iris', found one of 'wine'")]
    [InlineData("other version", "expected version 1, found 2")]
    [InlineData("two files", "two files have the role 'golden'")]
    [InlineData("null file", "the list of files holds a null")]
    [InlineData("truncated", "not a valid ManifestFormat")]
    public async Task FindManifest_Damaged_SaysWhatAndWhere(string content, string sentence)
    {
        var good = SampleManifest.Create();
        var golden = new ModelFile(FileRole.Golden, 3, new string('a', 64));
        content = content switch
        {
            "other model" => Json(good with { Model = "wine" }),
            "other version" => Json(good with { Version = 2 }),
            "two files" => Json(good with { Files = [.. good.Files, golden, golden] }),
            "null file" => Json(good with { Files = [.. good.Files, null!] }),
            "truncated" => Json(good)[..^20],
            _ => content,
        };
        await _store.PutDocumentAsync(StoreKeys.Manifest("iris", 1), Encoding.UTF8.GetBytes(content), PutCondition.None, Cancelled);

        var error = await Assert.ThrowsAsync<StoreException>(() => _registry.FindManifestAsync("iris", 1, Cancelled));

        Assert.Equal(StoreErrorKind.Corrupt, error.Kind);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        Assert.Contains($"{_store.Location}/models/iris/versions/00000001.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchFile_Blob_IsVerifiedAndThere()
    {
        var path = _folder.RandomFile("model", 1_000_000);
        var file = await _registry.PutFileAsync("iris", FileRole.Model, path, Cancelled);

        var target = Path.Combine(_folder.Path, "cache", "1", "model.onnx");
        await _registry.FetchFileAsync("iris", file, target, Cancelled);

        Assert.Equal(await File.ReadAllBytesAsync(path, Cancelled), await File.ReadAllBytesAsync(target, Cancelled));
        Assert.Equal([target], Directory.EnumerateFiles(Path.GetDirectoryName(target)!));
    }

    [Theory]
    [InlineData("bit", "expected the SHA-256")]
    [InlineData("short", "expected 1000 bytes, found 999")]
    [InlineData("long", "expected 1000 bytes, found 1001")]
    [InlineData("gone", "the model file is missing")]
    public async Task FetchFile_DamagedBlob_IsCorruptAndLeavesNothing(string damage, string sentence)
    {
        var file = (await NewManifestAsync()).Files[0];
        await OverwriteBlobAsync(file, content => damage switch
        {
            "short" => content[..^1],
            "long" => [.. content, 0],
            "gone" => null,
            _ => [.. content[..500], (byte)(content[500] ^ 1), .. content[501..]],
        });
        var target = Path.Combine(_folder.Path, "cache", "model.onnx");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        await File.WriteAllTextAsync(target, "the last good one", Cancelled);

        var error = await Assert.ThrowsAsync<StoreException>(() => _registry.FetchFileAsync("iris", file, target, Cancelled));

        Assert.Equal(StoreErrorKind.Corrupt, error.Kind);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        Assert.Contains(file.Sha256, error.Message, StringComparison.Ordinal);
        Assert.Equal("the last good one", await File.ReadAllTextAsync(target, Cancelled));
        Assert.Equal([target], Directory.EnumerateFiles(Path.GetDirectoryName(target)!));
    }

    protected abstract Task<IModelStore> CreateStoreAsync(TemporaryFolder folder);

    private async Task<Manifest> NewManifestAsync(string model = "iris", int version = 1)
    {
        var path = _folder.RandomFile(Guid.NewGuid().ToString("N"), 1000);
        return SampleManifest.Create(model, version, await _registry.PutFileAsync(model, FileRole.Model, path, Cancelled));
    }

    private async Task OverwriteBlobAsync(ModelFile file, Func<byte[], byte[]?> damage)
    {
        var key = StoreKeys.Blob("iris", file.Sha256);
        using var content = new MemoryStream();
        await using (var blob = await _store.OpenAsync(key, Cancelled))
        {
            await blob!.Content.CopyToAsync(content, Cancelled);
        }

        if (damage(content.ToArray()) is { } damaged)
        {
            await _store.PutDocumentAsync(key, damaged, PutCondition.None, Cancelled);
        }
        else
        {
            await _store.DeleteAsync(key, Cancelled);
        }
    }

    private async Task<List<int>> VersionsAsync(string model) =>
        await _registry.ListVersionsAsync(model, Cancelled).ToListAsync(Cancelled);

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, typeof(T), RegistryJson.Default);
}
