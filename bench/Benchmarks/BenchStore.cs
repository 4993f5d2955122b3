using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Analytics.Benchmarks;

/// <summary>A directory store of a benchmark's own, with models trained and published as the trainer does it.</summary>
internal sealed class BenchStore : IDisposable
{
    private readonly WorkFolder _folder = new();
    private readonly IHost _host;

    public BenchStore()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["Store:Url"] = Url;
        builder.AddModelRegistry();
        _host = builder.Build();
        Registry = _host.Services.GetRequiredService<ModelRegistry>();
    }

    public string Url => new Uri(_folder.Path).AbsoluteUri;

    public ModelRegistry Registry { get; }

    /// <summary>Trains the data set and makes the model its version 1, and champion.</summary>
    public async Task PublishAsync(string name, string label, CancellationToken cancellationToken)
    {
        await CommitAsync(name, label, 1, null, cancellationToken);
        await SetAliasAsync(name, AliasName.Champion, 1, null, cancellationToken);
    }

    /// <summary>Sets an alias; a challenger with its share.</summary>
    public async Task SetAliasAsync(string name, string alias, int version, double? share, CancellationToken cancellationToken)
    {
        var before = await Registry.ReadAliasAsync(name, alias, null, cancellationToken);
        await Registry.SetAliasAsync(name, alias, new AliasOrder(version, "bench", "benchmark", share), before, cancellationToken);
    }

    /// <summary>Trains the data set, with a seed of its own where one is given, as a version that nobody is asked for yet.</summary>
    public async Task CommitAsync(string name, string label, int version, int? seed, CancellationToken cancellationToken)
    {
        using var folder = new WorkFolder();
        var trained = await Attempt.RunAsync(name, label, folder.Path, cancellationToken, seed);
        var files = new List<ModelFile>();
        foreach (var (role, path) in trained.Files)
        {
            files.Add(await Registry.PutFileAsync(name, role, folder.File(path), cancellationToken));
        }

        var manifest = new Manifest
        {
            Model = name,
            Version = version,
            RunId = Guid.CreateVersion7(),
            Created = TimeProvider.System.GetUtcNow(),
            Algorithm = trained.Algorithm,
            Parameters = trained.Parameters,
            Signature = trained.Signature,
            Metrics = trained.Metrics,
            Data = trained.Data,
            Files = files,
        };
        await Registry.CommitAsync(manifest, cancellationToken);
    }

    public void Dispose()
    {
        _host.Dispose();
        _folder.Dispose();
    }
}
