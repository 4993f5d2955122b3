using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Registry.Store;
using Analytics.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Analytics.EndToEnd.Tests.Protocols;

/// <summary>
/// A model in a folder as SageMaker unpacks it, and the scorer started as SageMaker does: <c>serve</c>, in Production, without keys,
/// database or any other setting than where the folder and the ports are (which a container has to itself).
/// </summary>
internal sealed class HostedModel : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("analytics-serve-").FullName;
    private Process? _process;

    public HttpClient Client { get; private set; } = null!;

    public Uri RpcAddress { get; } = new($"http://127.0.0.1:{TestServers.FreePort()}");

    public static async Task<HostedModel> StartAsync(string model, GrownForest grown)
    {
        var hosted = new HostedModel();
        await hosted.PublishAsync(model, grown);
        await hosted.StartAsync();
        return hosted;
    }

    /// <summary>Stops it as SageMaker does, with SIGTERM, and gives its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        // SIGKILL would come after 30 s.
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        Client?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task PublishAsync(string model, GrownForest grown)
    {
        var cancel = TestContext.Current.CancellationToken;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("Store:Url", new Uri(Path.Combine(_folder, "model")).AbsoluteUri)]);
        builder.AddModelRegistry();
        using var host = builder.Build();
        var registry = host.Services.GetRequiredService<ModelRegistry>();
        var file = Path.Combine(_folder, "file");

        async Task<ModelFile> PutAsync(string role, byte[] content)
        {
            await File.WriteAllBytesAsync(file, content, cancel);
            return await registry.PutFileAsync(model, role, file, cancel);
        }

        var golden = grown.HardRows(5, seed: 3);
        using var scorer = PartsScorer.Load(grown.Model, grown.Signature);
        var outputs = new float[golden.Count * scorer.OutputWidth];
        scorer.Score(golden, outputs);
        await registry.CommitAsync(
            new Manifest
            {
                Model = model,
                Version = 1,
                RunId = Guid.CreateVersion7(),
                Created = TimeProvider.System.GetUtcNow(),
                Algorithm = "random-forest",
                Signature = grown.Signature,
                Files =
                [
                    await PutAsync(FileRole.Model, grown.Model),
                    await PutAsync(FileRole.Golden, JsonSerializer.SerializeToUtf8Bytes(GoldenRows.From(golden, outputs), RegistryJson.Default.GoldenRows)),
                ],
            },
            cancel);
        var current = await registry.ReadAliasAsync(model, AliasName.Champion, null, cancel);
        await registry.SetAliasAsync(model, AliasName.Champion, 1, "test", "test", current, cancel);
    }

    private async Task StartAsync()
    {
        var port = TestServers.FreePort();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Analytics.Scorer.Api.dll"), "serve"])
        {
            WorkingDirectory = _folder,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || k.StartsWith("DOTNET_ENV", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["SAGEMAKER_BIND_TO_PORT"] = port.ToString(CultureInfo.InvariantCulture);
        start.Environment["Store__Url"] = new Uri(Path.Combine(_folder, "model")).AbsoluteUri;
        start.Environment["Scorer__GrpcPort"] = RpcAddress.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["Scorer__CacheFolder"] = Path.Combine(_folder, "cache");
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        _process = Process.Start(start)!;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var started = Stopwatch.GetTimestamp();
        while (!await IsHealthyAsync())
        {
            Assert.True(!_process.HasExited && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "The scorer does not answer /ping.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private async Task<bool> IsHealthyAsync()
    {
        try
        {
            using var answer = await Client.GetAsync(new Uri("/ping", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode && (await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length == 0;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
