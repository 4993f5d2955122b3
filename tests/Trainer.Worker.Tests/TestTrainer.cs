using System.Net.Http.Json;
using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.Testing;
using Analytics.Trainer.Worker.Runs;
using Analytics.Trainer.Worker.Tests.Runs;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Analytics.Trainer.Worker.Tests;

/// <summary>The whole trainer on a free port, with a database and a directory store of its own.</summary>
internal sealed class TestTrainer : IAsyncDisposable
{
    private readonly WebApplicationFactory<Program> _factory;
    private readonly string _folder;
    private readonly bool _ownsFolder;

    private TestTrainer(WebApplicationFactory<Program> factory, DbContextOptions<AnalyticsContext> database, string folder, bool ownsFolder)
    {
        (_factory, Database, _folder, _ownsFolder) = (factory, database, folder, ownsFolder);
        Client = factory.CreateClient();
    }

    public HttpClient Client { get; }

    public DbContextOptions<AnalyticsContext> Database { get; }

    public string Folder => _folder;

    public IServiceProvider Services => _factory.Services;

    public ModelRegistry Registry => Services.GetRequiredService<ModelRegistry>();

    public IModelStore Store => Registry.Store;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts a trainer that only answers: what is queued stays queued.</summary>
    public static Task<TestTrainer> StartWithoutWorkerAsync(PostgresServer postgres, params (string Name, string Value)[] settings) =>
        StartAsync(postgres, null, withWorker: false, settings);

    /// <summary>One without a worker that has the data set <c>iris</c>.</summary>
    public static async Task<TestTrainer> StartWithIrisAsync(PostgresServer postgres)
    {
        var trainer = await StartWithoutWorkerAsync(postgres);
        await trainer.UploadAsync("iris", "iris.csv", "label=species");
        return trainer;
    }

    /// <summary>Starts a trainer; <paramref name="beside"/> shares its database and store.</summary>
    public static Task<TestTrainer> StartAsync(
        PostgresServer postgres, TestTrainer? beside = null, params (string Name, string Value)[] settings) =>
        StartAsync(postgres, beside, withWorker: true, settings);

    private static async Task<TestTrainer> StartAsync(
        PostgresServer postgres, TestTrainer? beside, bool withWorker, (string Name, string Value)[] settings)
    {
        var folder = beside?._folder ?? Path.Combine(Path.GetTempPath(), $"analytics-trainer-test-{Guid.NewGuid():N}");
        var database = beside?.Database ?? await TestDatabase.CreateAsync(postgres);
        var factory = new Factory(host =>
        {
            host.UseEnvironment("Development");
            // Not the factory's own port setting: it comes too late when the host starts fast.
            host.UseUrls("http://127.0.0.1:0");
            host.UseSetting("ConnectionStrings:analytics", TestDatabase.ConnectionString(database));
            host.UseSetting("Store:Url", new Uri(Path.Combine(folder, "store")).AbsoluteUri);
            host.UseSetting("Trainer:WorkFolder", Path.Combine(folder, "work"));
            host.UseSetting("Trainer:TrainSamples", "false");
            host.UseSetting("Trainer:Poll", "00:00:00.1");
            host.UseSetting("Trainer:Heartbeat", "00:00:00.5");
            host.UseSetting("Trainer:Lease", "00:00:05");
            host.UseSetting("Logging:LogLevel:Default", "Warning");
            foreach (var (name, value) in settings)
            {
                host.UseSetting(name, value);
            }

            if (!withWorker)
            {
                host.ConfigureTestServices(services => services.Remove(services.Single(
                    s => s.ServiceType == typeof(IHostedService) && s.ImplementationFactory?.Method.ReturnType == typeof(RunWorker))));
            }
        });
        // Real sockets: uploads that stop half-way and streams that end need them.
        factory.UseKestrel();
        factory.StartServer();
        return new TestTrainer(factory, database, folder, beside is null);
    }

    /// <summary>Uploads a data set of <c>bench/data</c>.</summary>
    public async Task UploadAsync(string dataset, string file, string query)
    {
        using var content = new ByteArrayContent(await File.ReadAllBytesAsync(RepositoryFiles.Data(file), Cancel));
        using var response = await Client.PutAsync(new Uri($"/datasets/{dataset}?{query}", UriKind.Relative), content, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>Queues a run and returns its id.</summary>
    public async Task<Guid> QueueAsync(string model, object body)
    {
        using var response = await Client.PostAsJsonAsync($"/models/{model}/runs", body, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("id").GetGuid();
    }

    /// <summary>Waits until the run has ended and returns it as the API shows it.</summary>
    public async Task<JsonElement> EndOfAsync(Guid run)
    {
        using var response = await Client.GetAsync(
            new Uri($"/runs/{run}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancel);
        response.EnsureSuccessStatusCode();
        await foreach (var _ in EventsAsync(response))
        {
            // The stream ends with the run.
        }

        return await GetAsync($"/runs/{run}");
    }

    /// <summary>The events of a stream.</summary>
    public static async IAsyncEnumerable<JsonElement> EventsAsync(HttpResponseMessage response)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(Cancel);
        await foreach (var item in System.Net.ServerSentEvents.SseParser.Create(stream).EnumerateAsync(Cancel))
        {
            yield return JsonDocument.Parse(item.Data).RootElement;
        }
    }

    public async Task<JsonElement> GetAsync(string path) =>
        await Client.GetFromJsonAsync<JsonElement>(path, Cancel);

    /// <summary>Waits, for a minute at most, until the condition holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        bound.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            await Task.Delay(50, bound.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Assert.False(bound.IsCancellationRequested, $"Waited 60 s for: {what}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _factory.DisposeAsync();
        if (_ownsFolder && Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private sealed class Factory(Action<IWebHostBuilder> configure) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) => configure(builder);
    }
}
