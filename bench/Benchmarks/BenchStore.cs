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
        using var folder = new WorkFolder();
        var trained = await Attempt.RunAsync(name, label, folder.Path, cancellationToken);
        var files = new List<ModelFile>();
        foreach (var (role, path) in trained.Files)
        {
            files.Add(await Registry.PutFileAsync(name, role, folder.File(path), cancellationToken));
        }

        var manifest = new Manifest
        {
            Model = name,
            Version = 1,
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
        var alias = await Registry.ReadAliasAsync(name, AliasName.Champion, null, cancellationToken);
        await Registry.SetAliasAsync(name, AliasName.Champion, 1, "bench", "benchmark", alias, cancellationToken);
    }

    public void Dispose()
    {
        _host.Dispose();
        _folder.Dispose();
    }
}
