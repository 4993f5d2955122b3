using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Scorer.Api.Tests.Journal;

/// <summary>A journal at its bound, by what is to be done then.</summary>
public sealed class JournalFullTests : IDisposable
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
    public async Task Full_Block_RefusesBeforeScoringAndRecovers()
    {
        await using var postgres = new PostgresServer();
        await using var scorer = await ScorerServer.StartWithIrisAsync(
            postgres, _store, _folder, new() { ["Journal:MaxBytes"] = "65536", ["Journal:MaxRetryDelay"] = "00:00:00.200" });
        await postgres.StopAsync();
        var answered = 0;
        HttpStatusCode status;
        HttpResponseMessage response;
        JsonObject problem;
        do
        {
            (status, problem, response) = await scorer.PostAsync("/predict", Row);
            answered += status == HttpStatusCode.OK ? 1 : 0;
        }
        while (status == HttpStatusCode.OK);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (status, response.Headers.RetryAfter?.ToString()));
        Assert.InRange(answered, 100, 400);
        Assert.Contains("the journal is full", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Equal(answered, scorer.Backlog);

        await postgres.StartAsync();
        await scorer.WaitUntilStoredAsync();
        Assert.Equal(HttpStatusCode.OK, (await scorer.PostAsync("/predict", Row)).Status);
        await scorer.WaitUntilStoredAsync();
        await StoredHistory.AssertAsync(scorer.Database, answered + 1, answered + 1);
    }

    [Fact]
    public async Task Full_ByBytes_IsABoundToo()
    {
        await using var postgres = new PostgresServer();
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new() { ["Journal:MaxBytes"] = "65536" });
        await postgres.StopAsync();
        var many = $$"""{"instances":[{{string.Join(',', Enumerable.Repeat("[1,2,3,4]", 2_000))}}]}""";

        Assert.Equal(HttpStatusCode.OK, (await scorer.PostAsync("/predict", many)).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await scorer.PostAsync("/predict", Row)).Status);
        await postgres.StartAsync();
    }

    [Fact]
    public async Task Full_DropOldest_AnswersAndCountsWhatItLetGo()
    {
        await using var postgres = new PostgresServer();
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new()
        {
            ["Journal:MaxBytes"] = "65536",
            ["Journal:WhenFull"] = "DropOldest",
            ["Journal:MaxRetryDelay"] = "00:00:00.200",
        });
        await postgres.StopAsync();
        var last = "";
        for (var i = 0; i < 600; i++)
        {
            var (status, body, _) = await scorer.PostAsync("/predict", Row);
            Assert.Equal(HttpStatusCode.OK, status);
            last = (string)body["id"]!;
        }

        Assert.InRange(scorer.Backlog, 100, 400);
        await postgres.StartAsync();
        await scorer.WaitUntilStoredAsync();
        await using var database = scorer.OpenDatabase();
        var stored = await database.Predictions.Select(p => p.Id).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(600, stored.Count + CountDroppedOldest(scorer));
        Assert.Contains(Guid.Parse(last), stored);
    }

    private static long CountDroppedOldest(ScorerServer scorer)
    {
        var dropped = 0L;
        var meters = scorer.Services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "analytics.scorer.journal.dropped" && instrument.Meter.Scope == meters)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            dropped += tags.ToArray().Contains(new("reason", "oldest")) ? value : 0);
        listener.Start();
        listener.RecordObservableInstruments();
        return dropped;
    }

    [Fact]
    public async Task Rejected_Flood_NeverTakesThePredictionsRoom()
    {
        await using var postgres = new PostgresServer();
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new() { ["Journal:MaxBytes"] = "65536" });
        await postgres.StopAsync();
        for (var i = 0; i < 600; i++)
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await scorer.PostAsync("/predict", "{")).Status);
        }

        Assert.InRange(scorer.Backlog, 50, 400);
        Assert.Equal(HttpStatusCode.OK, (await scorer.PostAsync("/predict", Row)).Status);
        await postgres.StartAsync();
    }
}
