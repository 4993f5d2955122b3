using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Registry.Store;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>A directory store of a test's own, with what a trainer does: put blobs, commit, promote. And what damages it.</summary>
internal sealed class TestStore : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly IHost _host;
    private readonly IHost _scorerHost;

    public TestStore()
    {
        Root = _folder.Combine("store");
        Directory.CreateDirectory(Root);
        _host = _scorerHost = Open(new() { ["Store:Url"] = Url });
        Registry = _host.Services.GetRequiredService<ModelRegistry>();
        ForScorer = new OutageStore(Registry.Store);
    }

    /// <summary>Another store than a directory, and the scorer's way to it.</summary>
    public TestStore(Dictionary<string, string?> settings, Dictionary<string, string?> forScorer)
    {
        Root = _folder.Combine("none");
        _host = Open(settings);
        _scorerHost = Open(forScorer);
        Registry = _host.Services.GetRequiredService<ModelRegistry>();
        ForScorer = new OutageStore(_scorerHost.Services.GetRequiredService<ModelRegistry>().Store);
    }

    public string Root { get; }

    public string Url => new Uri(Root).AbsoluteUri;

    public ModelRegistry Registry { get; }

    /// <summary>What a scorer sees of the store; <see cref="OutageStore.IsAway"/> cuts it off.</summary>
    public OutageStore ForScorer { get; }

    /// <summary>Commits a version of the test model; the parts can be replaced by bad ones.</summary>
    public async Task<Manifest> CommitAsync(
        string model, int version, IReadOnlyList<InputColumn>? inputs = null, byte[]? graph = null, GoldenRows? golden = null,
        byte[]? goldenContent = null, TestModel? source = null)
    {
        source ??= new TestModel(inputs ?? TestModel.Iris, version);
        goldenContent ??= JsonSerializer.SerializeToUtf8Bytes(golden ?? source.Golden(), RegistryJson.Default.GoldenRows);
        var manifest = new Manifest
        {
            Model = model,
            Version = version,
            RunId = Guid.CreateVersion7(),
            Created = TimeProvider.System.GetUtcNow(),
            Algorithm = "test",
            Signature = source.Signature,
            Files =
            [
                await PutAsync(model, FileRole.Model, graph ?? source.Graph()),
                await PutAsync(model, FileRole.Golden, goldenContent),
            ],
        };
        Assert.Equal(CommitStatus.Committed, (await Registry.CommitAsync(manifest, TestContext.Current.CancellationToken)).Status);
        return manifest;
    }

    public async Task PromoteAsync(string model, int version)
    {
        var current = await Registry.ReadAliasAsync(model, AliasName.Champion, null, TestContext.Current.CancellationToken);
        var change = await Registry.SetAliasAsync(
            model, AliasName.Champion, version, "test", "test", current, TestContext.Current.CancellationToken);
        Assert.True(change.Changed);
    }

    /// <summary>Sets the challenger.</summary>
    public async Task ChallengeAsync(string model, int version, double? share = null)
    {
        var current = await Registry.ReadAliasAsync(model, AliasName.Challenger, null, TestContext.Current.CancellationToken);
        var change = await Registry.SetAliasAsync(
            model, AliasName.Challenger, new AliasOrder(version, "test", "test", share), current, TestContext.Current.CancellationToken);
        Assert.True(change.Changed);
    }

    /// <summary>Sets the alias without asking whether there is such a version.</summary>
    public async Task PointAsync(string model, int version, long sequence) =>
        await Registry.Store.PutDocumentAsync(
            StoreKeys.Alias(model, AliasName.Champion),
            JsonSerializer.SerializeToUtf8Bytes(
                new AliasSetting(version, sequence, "test", TimeProvider.System.GetUtcNow(), "test"), RegistryJson.Default.AliasSetting),
            PutCondition.None,
            TestContext.Current.CancellationToken);

    public async Task<Manifest> PublishAsync(string model, int version, IReadOnlyList<InputColumn>? inputs = null)
    {
        var manifest = await CommitAsync(model, version, inputs);
        await PromoteAsync(model, version);
        return manifest;
    }

    /// <summary>The file behind a key, for tests that damage it.</summary>
    public string PathOf(string key) => Path.Combine(Root, key);

    public string BlobPath(Manifest manifest, string role) =>
        PathOf(StoreKeys.Blob(manifest.Model, manifest.File(role)!.Sha256));


    public void Dispose()
    {
        _scorerHost.Dispose();
        _host.Dispose();
        _folder.Dispose();
    }

    private static IHost Open(Dictionary<string, string?> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddModelRegistry();
        return builder.Build();
    }

    private async Task<ModelFile> PutAsync(string model, string role, byte[] content)
    {
        var path = _folder.Combine($"{Guid.NewGuid():N}.tmp");
        await File.WriteAllBytesAsync(path, content, TestContext.Current.CancellationToken);
        return await Registry.PutFileAsync(model, role, path, TestContext.Current.CancellationToken);
    }
}
