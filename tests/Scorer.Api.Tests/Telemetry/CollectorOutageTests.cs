using System.Net;
using System.Text;
using Analytics.Registry.Database;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Analytics.Testing.Otlp;

namespace Analytics.Scorer.Api.Tests.Telemetry;

/// <summary>A real scorer under load while its collector is not what it should be.</summary>
public sealed class CollectorOutageTests(PostgresServer postgres) : IDisposable
{
    private const int Requests = 6_000;
    private const int AtOnce = 16;

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public Task Scorer_CollectorAbsent_AnswersInTheSameMemoryAndStops() => HoldAsync("http://127.0.0.1:9", () => ValueTask.CompletedTask);

    [Fact]
    public async Task Scorer_CollectorHangs_AnswersInTheSameMemoryAndStops()
    {
        using var silent = new SilentServer();
        await HoldAsync(silent.Endpoint, () => ValueTask.CompletedTask);
        Assert.InRange(silent.Taken, 1, 1_000);
    }

    [Fact]
    public async Task Scorer_CollectorKilledUnderLoad_AnswersInTheSameMemoryAndStops()
    {
        var receiver = await OtlpReceiver.StartAsync();
        await HoldAsync(receiver.Endpoint, async () =>
        {
            await Eventually.TrueAsync(() => receiver.Received.Metrics.Count > 0 && receiver.Received.Spans.Count > 0, "the collector has received something");
            await receiver.DisposeAsync();
        });
    }

    // Everything is traced and told every 0.2 s: a queue without a bound would grow by far more than is allowed here.
    private async Task HoldAsync(string endpoint, Func<ValueTask> halfWay)
    {
        await _store.PublishAsync("iris", 1);
        var database = await postgres.CreateDatabaseAsync();
        await using (var context = ScorerServer.OpenDatabase(database))
        {
            await DatabaseMigrator.MigrateAsync(context, Cancel);
        }

        using var scorer = new ScorerProgram(new Dictionary<string, string>
        {
            ["ConnectionStrings:analytics"] = database,
            ["Store:Url"] = _store.Url,
            ["Scorer:CacheFolder"] = _folder.Combine("cache"),
            ["Journal:Folder"] = _folder.Combine("journal"),
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint,
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["Telemetry:TracesPerSecond"] = "1000000",
            ["Logging:LogLevel:Analytics.Scorer.Api.Predictions"] = "Debug",
            ["Logging:Console:LogLevel:Default"] = "None",
        });
        await scorer.StartAsync();
        await AskAsync(scorer.Client);
        var before = scorer.ResidentBytes();
        await halfWay();
        await AskAsync(scorer.Client);

        // A span or a line is some 2 kB with its attributes; two times 6,000 of each and more would be 50 MB.
        Assert.InRange(scorer.ResidentBytes() - before, long.MinValue, 40_000_000);
        var (exitCode, time) = await scorer.StopAsync();
        Assert.Equal(0, exitCode);
        Assert.InRange(time, TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    private static async Task AskAsync(HttpClient client) => await Parallel.ForEachAsync(
        Enumerable.Range(0, Requests),
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancel },
        async (_, token) =>
        {
            using var body = new StringContent("""{"features":[5.1,3.5,1.4,0.2]}""", Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(new Uri("/predict", UriKind.Relative), body, token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        });
}
