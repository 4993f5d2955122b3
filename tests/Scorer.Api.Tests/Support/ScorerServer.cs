using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Registry.Database;
using Analytics.Registry.Store;
using Analytics.Scorer.Api.Challengers;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Serving;
using Analytics.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>A running scorer on a real port, with a store, a cache folder and a database of its own.</summary>
internal sealed class ScorerServer : WebApplicationFactory<Program>
{
    private readonly Dictionary<string, string?> _settings;
    private readonly TestStore _store;
    private readonly Action<IServiceCollection>? _services;

    private ScorerServer(Dictionary<string, string?> settings, TestStore store, Action<IServiceCollection>? services)
    {
        _settings = settings;
        _store = store;
        _services = services;
        UseKestrel();
    }

    public string Database => _settings["ConnectionStrings:analytics"]!;

    public HttpClient Client { get; private set; } = null!;

    public ServingSnapshot Snapshot => Services.GetRequiredService<ServingCatalog>().Current;

    public long Backlog => Services.GetRequiredService<DiskJournal>().Count;

    /// <summary>Starts a scorer for the store; the settings win over the tests' own.</summary>
    public static async Task<ScorerServer> StartAsync(
        PostgresServer postgres, TestStore store, string cacheFolder, Dictionary<string, string?>? settings = null, string? database = null,
        Action<IServiceCollection>? services = null)
    {
        if (database is null)
        {
            database = await postgres.CreateDatabaseAsync();
            await using var context = OpenDatabase(database);
            await DatabaseMigrator.MigrateAsync(context, TestContext.Current.CancellationToken);
        }

        var all = new Dictionary<string, string?>
        {
            ["ConnectionStrings:analytics"] = database,
            ["Store:Url"] = store.Url,
            ["Scorer:CacheFolder"] = cacheFolder,
            ["Scorer:PollInterval"] = "00:00:00.020",
            ["Scorer:DiscoverInterval"] = "00:00:00.100",
            ["Journal:Folder"] = Path.Combine(cacheFolder, "..", "journal"),
            ["Journal:Linger"] = "00:00:00.020",
        };
        foreach (var (name, value) in settings ?? [])
        {
            all[name] = value;
        }

        var server = new ScorerServer(all, store, services);
        server.StartServer();
        server.Client = server.CreateClient();
        return server;
    }

    /// <summary>Starts a scorer that serves version 1 of <c>iris</c>.</summary>
    public static async Task<ScorerServer> StartWithIrisAsync(
        PostgresServer postgres, TestStore store, TempFolder folder, Dictionary<string, string?>? settings = null,
        Action<IServiceCollection>? services = null)
    {
        await store.PublishAsync("iris", 1);
        var server = await StartAsync(postgres, store, folder.Combine("cache"), settings, services: services);
        await server.WaitForAsync("iris", 1);
        return server;
    }

    public Task WaitForAsync(string model, int version) =>
        Eventually.GetAsync(
            () => Task.FromResult(Snapshot.Find(model)), m => m?.Champion?.Version == version, $"{model} version {version} serves");

    public ChallengerRoster Challengers => Services.GetRequiredService<ChallengerRoster>();

    /// <summary>Waits until the version challenges, with that share.</summary>
    public Task WaitForChallengerAsync(string model, int version, double share = 0) =>
        Eventually.GetAsync(
            () => Task.FromResult(Challengers.Find(model)),
            c => c is not null && (c.Servable.Version, c.Share) == (version, share),
            $"{model} version {version} challenges with {share} %");

    public Task<ServedModel?> WaitForStateAsync(string model, int version, VersionState state) =>
        Eventually.GetAsync(
            () => Task.FromResult(Snapshot.Find(model)),
            m => m?.Versions.Any(v => v.Version == version && v.State == state) == true,
            $"{model} version {version} is {state}");

    public async Task<(HttpStatusCode Status, JsonObject Body, HttpResponseMessage Response)> PostAsync(
        string path, string body, string contentType = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8);
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return await PostAsync(path, content);
    }

    public async Task<(HttpStatusCode Status, JsonObject Body, HttpResponseMessage Response)> PostAsync(string path, HttpContent content)
    {
        var response = await Client.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, JsonNode.Parse(text)!.AsObject(), response);
    }

    public async Task<HealthReport> CheckReadinessAsync() =>
        await Services.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(check => check.Tags.Contains("ready"), TestContext.Current.CancellationToken);

    /// <summary>Waits until all that was answered is in the database.</summary>
    public Task WaitUntilStoredAsync(double seconds = 20) =>
        Eventually.TrueAsync(() => Backlog == 0, "the journal is drained", seconds);

    public AnalyticsContext OpenDatabase() => OpenDatabase(Database);

    public static AnalyticsContext OpenDatabase(string connectionString)
    {
        var options = new DbContextOptionsBuilder<AnalyticsContext>();
        AnalyticsDatabase.Configure(options.UseNpgsql(connectionString));
        return new AnalyticsContext(options.Options);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        // Not the factory's own port setting: it comes too late when the host starts fast.
        builder.UseUrls("http://127.0.0.1:0");
        foreach (var (name, value) in _settings)
        {
            builder.UseSetting(name, value);
        }

        builder.ConfigureTestServices(services =>
        {
            services.AddSingleton<IModelStore>(_store.ForScorer);
            _services?.Invoke(services);
        });
    }
}
