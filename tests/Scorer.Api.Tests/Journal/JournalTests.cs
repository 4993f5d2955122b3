using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Registry.Database;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Analytics.Scorer.Api.Tests.Journal;

public sealed class JournalTests(PostgresServer postgres) : IDisposable
{
    private const string Row = """{"features":[5.1,3.5,1.4,0.2]}""";

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Predict_OneRow_IsStoredAsItWasAnswered()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        var before = TimeProvider.System.GetUtcNow();
        var (_, body, _) = await scorer.PostAsync("/predict", Row);
        await scorer.WaitUntilStoredAsync();

        await using var database = scorer.OpenDatabase();
        var request = await database.Requests.SingleAsync(TestContext.Current.CancellationToken);
        var prediction = await database.Predictions.SingleAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            ("/predict", 200, 1, "iris", 1, "loopback", null),
            (request.Route, request.Status, request.Rows, request.Model, request.Version, request.Client, request.Error));
        Assert.InRange(request.Time, before.AddSeconds(-1), TimeProvider.System.GetUtcNow());
        Assert.InRange(request.DurationMs, 0.001, 20_000);
        Assert.Equal(32, request.TraceId!.Length);
        Assert.Equal(
            (Guid.Parse((string)body["id"]!), request.Id, request.Time, 0, "iris", 1),
            (prediction.Id, prediction.RequestId, prediction.Time, prediction.Row, prediction.Model, prediction.Version));
        Assert.Equal(((double)body["prediction"]!, (string)body["label"]!), (prediction.Prediction, prediction.Label));
        Assert.Equal(body["probabilities"]!.AsObject().Select(p => (float)p.Value!), prediction.Probabilities!);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}"""), JsonNode.Parse(prediction.Features)));
    }

    // seldon-core#2109
    [Fact]
    public async Task Stop_UnderLoad_StoresAllThatWasAnswered()
    {
        string database;
        var requests = 0;
        var rows = 0;
        await using (var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder))
        {
            database = scorer.Database;
            await Task.WhenAll(Enumerable.Range(0, 8).Select(async sender =>
            {
                for (var i = 0; i < 125; i++)
                {
                    var count = 1 + (i % 3);
                    var (status, body, _) = await scorer.PostAsync(
                        "/predict", $$"""{"instances":[{{string.Join(',', Enumerable.Repeat($"[{sender},{i},1.4,0.2]", count))}}]}""");
                    Assert.Equal((HttpStatusCode.OK, count), (status, body["predictions"]!.AsArray().Count));
                    Interlocked.Increment(ref requests);
                    Interlocked.Add(ref rows, count);
                }
            }));
        }

        await StoredHistory.AssertAsync(database, requests, rows);
    }

    // seldon-core#2109
    [Fact]
    public async Task Stop_RequestsUnderWay_StoresEachThatWasAnswered()
    {
        var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        using var client = new HttpClient { BaseAddress = scorer.Client.BaseAddress };
        var answered = new ConcurrentBag<Guid>();
        var senders = Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                while (true)
                {
                    using var content = new StringContent(Row, Encoding.UTF8, "application/json");
                    var response = await client.PostAsync(new Uri("/predict", UriKind.Relative), content, TestContext.Current.CancellationToken);
                    var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                    answered.Add(Guid.Parse((string)JsonNode.Parse(body)!["id"]!));
                }
            }
            catch (HttpRequestException)
            {
                // The server has stopped.
            }
        }).ToList();
        await Eventually.TrueAsync(() => answered.Count > 200, "requests flow");

        await scorer.DisposeAsync();
        await Task.WhenAll(senders);

        await using var database = ScorerServer.OpenDatabase(scorer.Database);
        var stored = await database.Predictions.Select(p => p.Id).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Empty(answered.Except(stored));
        Assert.InRange(stored.Count, answered.Count, answered.Count + senders.Count);
    }

    [Fact]
    public async Task Predict_WithAKey_RecordsWho()
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData("the key"u8));
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new()
        {
            ["ApiKeys:predict:0:Name"] = "shop",
            ["ApiKeys:predict:0:Sha256"] = hash,
        });
        scorer.Client.DefaultRequestHeaders.Add("X-Api-Key", "the key");
        await scorer.PostAsync("/predict", Row);
        await scorer.PostAsync("/predict", "{");
        await scorer.WaitUntilStoredAsync();

        await using var database = scorer.OpenDatabase();
        Assert.Equal(
            [(200, "shop"), (400, "shop")],
            (await database.Requests.OrderBy(r => r.Status).ToListAsync(TestContext.Current.CancellationToken)).Select(r => (r.Status, r.Client!)));
    }

    // kserve#6167
    [Fact]
    public async Task Database_AwayUnderLoad_AnswersGoOnAndAllIsStoredAfterwards()
    {
        await using var postgres = new PostgresServer();
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new() { ["Journal:MaxRetryDelay"] = "00:00:00.200" });
        var requests = 0;
        for (var outage = 0; outage < 3; outage++)
        {
            await SendAsync(100);
            await postgres.StopAsync();
            await SendAsync(300);
            Assert.InRange(scorer.Backlog, 300, 400);
            await postgres.StartAsync();
            await SendAsync(100);
            await scorer.WaitUntilStoredAsync();
        }

        await StoredHistory.AssertAsync(scorer.Database, requests, requests);

        async Task SendAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.Equal(HttpStatusCode.OK, (await scorer.PostAsync("/predict", Row)).Status);
                requests++;
            }
        }
    }

    [Fact]
    public async Task Commit_AnswerLost_StoresNothingTwice()
    {
        var target = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        await using (var context = ScorerServer.OpenDatabase(target.ConnectionString))
        {
            await DatabaseMigrator.MigrateAsync(context, TestContext.Current.CancellationToken);
        }

        await _store.PublishAsync("iris", 1);
        await using var proxy = new CuttingProxy(target.Port);
        var through = new NpgsqlConnectionStringBuilder(target.ConnectionString) { Port = proxy.Port }.ConnectionString;
        await using var scorer = await ScorerServer.StartAsync(postgres, _store, _folder.Combine("cache"), database: through);
        await scorer.WaitForAsync("iris", 1);

        proxy.Arm(3);
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await scorer.PostAsync("/predict", Row)).Status);
        }

        await Eventually.TrueAsync(() => proxy.Cuts >= 1 || scorer.Backlog == 0, "a commit was cut");
        await scorer.WaitUntilStoredAsync();
        Assert.InRange(proxy.Cuts, 1, 3);
        await StoredHistory.AssertAsync(target.ConnectionString, 200, 200);
    }

    [Fact]
    public async Task Schema_NotThereYet_IsWaitedFor()
    {
        var database = await postgres.CreateDatabaseAsync();
        await _store.PublishAsync("iris", 1);
        await using var scorer = await ScorerServer.StartAsync(postgres, _store, _folder.Combine("cache"), database: database);
        await scorer.WaitForAsync("iris", 1);
        Assert.Equal(HttpStatusCode.OK, (await scorer.PostAsync("/predict", Row)).Status);

        await using (var context = scorer.OpenDatabase())
        {
            await DatabaseMigrator.MigrateAsync(context, TestContext.Current.CancellationToken);
        }

        await scorer.WaitUntilStoredAsync();
        await StoredHistory.AssertAsync(database, 1, 1);
    }

    [Fact]
    public async Task Store_OneRecordRefused_StoresTheOthers()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new() { ["Journal:Linger"] = "00:00:00.200" });
        await using (var context = scorer.OpenDatabase())
        {
            await context.Database.ExecuteSqlRawAsync(
                "ALTER TABLE requests ADD CONSTRAINT refused CHECK (status <> 400)", TestContext.Current.CancellationToken);
        }

        for (var i = 0; i < 20; i++)
        {
            await scorer.PostAsync("/predict", i % 5 == 2 ? "{" : Row);
        }

        await scorer.WaitUntilStoredAsync();
        await StoredHistory.AssertAsync(scorer.Database, 16, 16);
        // And the journal goes on as before.
        await scorer.PostAsync("/predict", Row);
        await scorer.WaitUntilStoredAsync();
        await StoredHistory.AssertAsync(scorer.Database, 17, 17);
    }

    [Fact]
    public async Task Trace_OfAPrediction_HasItsStagesAndIsInTheHistory()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Analytics.Scorer",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        await scorer.PostAsync("/predict", Row);
        await scorer.WaitUntilStoredAsync();

        await using var database = scorer.OpenDatabase();
        var request = await database.Requests.SingleAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            ["journal", "score", "validate"],
            spans.Where(s => s.TraceId.ToHexString() == request.TraceId).Select(s => s.OperationName).Order());
    }

    [Fact]
    public async Task Stop_DatabaseAway_EndsWithinTheHostsTime()
    {
        await using var postgres = new PostgresServer();
        var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new() { ["Scorer:StopTimeout"] = "00:00:02" });
        Assert.Equal(HttpStatusCode.OK, (await scorer.PostAsync("/predict", Row)).Status);
        await scorer.WaitUntilStoredAsync();
        await postgres.StopAsync();
        Assert.Equal(HttpStatusCode.OK, (await scorer.PostAsync("/predict", Row)).Status);

        var started = TimeProvider.System.GetTimestamp();
        await scorer.DisposeAsync();

        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 15);
    }
}
