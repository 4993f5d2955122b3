using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Analytics.Registry.Database;
using Analytics.Registry.Journal;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Analytics.Scorer.Api.Tests.Feedback;

public sealed class FeedbackTests(FlowerScorer flowers, PostgresServer postgres) : IClassFixture<FlowerScorer>
{
    private const string Row = """{"features":[5.1,3.5,1.4,0.2]}""";
    private const string Id = "019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e11";
    private const string Other = "019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e12";

    private readonly ScorerServer _scorer = flowers.Scorer;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Feedback_OnePrediction_IsStoredBesideIt()
    {
        var id = (string)(await _scorer.PostAsync("/predict", Row)).Body["id"]!;
        var before = TimeProvider.System.GetUtcNow();

        var (status, body, _) = await _scorer.PostAsync("/feedback", $$"""{"predictionId":"{{id}}","actual":"virginica"}""");

        Assert.Equal((HttpStatusCode.Accepted, """{"accepted":1}"""), (status, body.ToJsonString()));
        var stored = await StoredAsync(id);
        Assert.Equal(("virginica", "virginica", "loopback", null), (stored.Actual, stored.FirstActual, stored.Client, stored.ActualNumber));
        Assert.InRange(stored.Time, before.AddSeconds(-1), TimeProvider.System.GetUtcNow());
        await using var connection = new NpgsqlConnection(_scorer.Database);
        await connection.OpenAsync(Cancel);
        await using var outcome = new NpgsqlCommand($"SELECT label || ' ' || actual || ' ' || correct FROM outcomes WHERE id = '{id}'", connection);
        var label = (string)(await _scorer.PostAsync("/predict", Row)).Body["label"]!;
        Assert.Equal($"{label} virginica {(label == "virginica" ? "true" : "false")}", await outcome.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task Feedback_Many_AreStoredEach()
    {
        var rows = string.Join(',', Enumerable.Repeat("[5.1,3.5,1.4,0.2]", 1_000));
        var (_, answer, _) = await _scorer.PostAsync("/predict", $$"""{"instances":[{{rows}}]}""");
        var ids = answer["predictions"]!.AsArray().Select(p => (string)p!["id"]!).ToList();

        var (status, body, _) = await _scorer.PostAsync(
            "/feedback", $"[{string.Join(',', ids.Select((id, i) => $$"""{"actual":{{i}},"predictionId":"{{id}}"}"""))}]");

        Assert.Equal((HttpStatusCode.Accepted, 1_000), (status, (int)body["accepted"]!));
        Assert.Equal(("999", 999d), (await StoredAsync(ids[^1])) is var last ? (last.Actual, last.ActualNumber!.Value) : default);
        await using var database = _scorer.OpenDatabase();
        var keys = ids.Select(Guid.Parse).ToList();
        Assert.Equal(1_000, await database.Feedback.CountAsync(f => keys.Contains(f.PredictionId), Cancel));
    }

    // Its prediction waits in the journal as it does.
    [Fact]
    public async Task Feedback_DatabaseAway_IsTakenAndStoredAfterwards()
    {
        await using var own = new PostgresServer();
        using var store = new TestStore();
        using var folder = new TempFolder();
        await using var scorer = await ScorerServer.StartWithIrisAsync(own, store, folder, new() { ["Journal:MaxRetryDelay"] = "00:00:00.200" });
        await own.StopAsync();
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            ids.Add((string)(await scorer.PostAsync("/predict", Row)).Body["id"]!);
            Assert.Equal(
                HttpStatusCode.Accepted, (await scorer.PostAsync("/feedback", $$"""{"predictionId":"{{ids[^1]}}","actual":true}""")).Status);
        }

        await own.StartAsync();
        await scorer.WaitUntilStoredAsync();
        await using var database = scorer.OpenDatabase();
        Assert.Equal(ids.Select(Guid.Parse).Order(), (await database.Feedback.Select(f => f.PredictionId).ToListAsync(Cancel)).Order());
        Assert.True(await database.Feedback.AllAsync(f => f.Actual == "true", Cancel));
        Assert.Equal(20, await database.Predictions.CountAsync(Cancel));
    }

    [Fact]
    public async Task Feedback_SameAgain_CountsOnceAndAnotherCorrectsIt()
    {
        var id = (string)(await _scorer.PostAsync("/predict", Row)).Body["id"]!;
        await SendAsync(id, "\"setosa\"");
        var first = await StoredAsync(id);
        await SendAsync(id, "\"setosa\"");
        var again = await StoredAsync(id);
        await SendAsync(id, "\"virginica\"");
        await SendAsync(id, "\"virginica\"");
        var corrected = await StoredAsync(id);

        Assert.Equal((first.Actual, first.Time, first.FirstTime), (again.Actual, again.Time, again.FirstTime));
        Assert.Equal(("virginica", "setosa", first.Time), (corrected.Actual, corrected.FirstActual, corrected.FirstTime));
        Assert.True(corrected.Time > first.Time);
    }

    // Several scorers drain in any order, and a batch may hold a prediction more than once.
    [Theory]
    [InlineData("A1", "A1,A1")]
    [InlineData("A1", "A1,A2,A3")]
    [InlineData("A1", "A1|A2|A3")]
    [InlineData("A1", "A3|A2|A1")]
    [InlineData("A1", "A2,A1")]
    [InlineData("A1 B2", "A1,B2")]
    [InlineData("A1 B2", "A1|B2|B3")]
    [InlineData("A1 B2", "B2|A1")]
    [InlineData("A1 B2", "B2,B3|A1")]
    [InlineData("A1 A3", "A1,B2,A3")]
    [InlineData("A1 A3", "A1|B2,A3")]
    [InlineData("A1 A3", "B2,A3|A1")]
    [InlineData("A1 B2", "A1,B2|A1,B2")]
    public async Task Store_InAnyOrder_TimesDecide(string expected, string batches)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var context = ScorerServer.OpenDatabase(database);
        await DatabaseMigrator.MigrateAsync(context, Cancel);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancel);
        var table = new FeedbackTable();
        var bystander = new FeedbackEntry(Guid.Parse(Other), "C", Time('9'), null);
        foreach (var batch in batches.Split('|'))
        {
            var entries = batch.Split(',').Select(e => new FeedbackEntry(Guid.Parse(Id), e[..1], Time(e[1]), "shop"));
            await table.StoreAsync(connection, [.. entries, bystander], Cancel);
        }

        var stored = await context.Feedback.SingleAsync(f => f.PredictionId == Guid.Parse(Id), Cancel);
        Assert.Equal(
            (expected[..1], Time(expected[1]), expected[^2..^1], Time(expected[^1])),
            (stored.FirstActual, stored.FirstTime, stored.Actual, stored.Time));
        Assert.Equal(2, await context.Feedback.CountAsync(Cancel));
    }

    [Theory]
    [InlineData("\"setosa\"", "setosa", null)]
    [InlineData("\"süd 🌸\"", "süd 🌸", null)]
    [InlineData("\"7\"", "7", 7d)]
    [InlineData("7", "7", 7d)]
    [InlineData("7.0", "7", 7d)]
    [InlineData("-0", "0", 0d)]
    [InlineData("1e-3", "0.001", 0.001)]
    [InlineData("12345678901234567890", "12345678901234567890", 12345678901234567890d)]
    [InlineData("true", "true", null)]
    [InlineData("false", "false", null)]
    public async Task Feedback_Actual_IsKeptAsDocumented(string sent, string actual, double? number)
    {
        var id = Guid.CreateVersion7().ToString();
        await SendAsync(id, sent);
        var stored = await StoredAsync(id);

        Assert.Equal((actual, number), (stored.Actual, stored.ActualNumber));
    }

    [Theory]
    [InlineData("", null, "the body is empty")]
    [InlineData("7", null, "found the number 7")]
    [InlineData("[]", null, "found an empty array")]
    [InlineData("[7]", 0, "Entry 0: expected an object")]
    [InlineData("{}", 0, "Entry 0, \"predictionId\": expected a prediction's id, a UUID of version 7, found nothing")]
    [InlineData($$"""{"predictionId":"{{Id}}"}""", 0, "\"actual\": expected a text, a number or a boolean, found nothing")]
    [InlineData("""{"actual":1}""", 0, "\"predictionId\": expected a prediction's id")]
    [InlineData("""{"predictionId":"x","actual":1}""", 0, "found the text \"x\"")]
    [InlineData("""{"predictionId":17,"actual":1}""", 0, "found the number 17")]
    [InlineData("""{"predictionId":null,"actual":1}""", 0, "found null")]
    [InlineData("""{"predictionId":"019ab2b46f6e7c3a9d523b1f0a7c9e11","actual":1}""", 0, "a UUID of version 7")]
    [InlineData("""{"predictionId":"{019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e11}","actual":1}""", 0, "a UUID of version 7")]
    [InlineData("""{"predictionId":"6f9619ff-8b86-4011-b42d-00c04fc964ff","actual":1}""", 0, "a UUID of another version")]
    [InlineData("""{"predictionId":"019ab2b4-6f6e-7c3a-1d52-3b1f0a7c9e11","actual":1}""", 0, "a UUID of another version")]
    [InlineData("""{"predictionId":"ffffffff-ffff-7c3a-9d52-3b1f0a7c9e11","actual":1}""", 0, "in the future")]
    [InlineData($$"""{"predictionId":"{{Id}}","actual":null}""", 0, "found null")]
    [InlineData("""{"predictionId":"019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e11","actual":{}}""", 0, "found an object")]
    [InlineData($$"""{"predictionId":"{{Id}}","actual":["a"]}""", 0, "found an array")]
    [InlineData($$"""{"predictionId":"{{Id}}","actual":""}""", 0, "found an empty text")]
    [InlineData($$"""{"predictionId":"{{Id}}","actual":"a\u0000"}""", 0, "without U+0000")]
    [InlineData($$"""{"predictionId":"{{Id}}","actual":"\uD800"}""", 0, "valid Unicode")]
    [InlineData($$"""{"predictionId":"{{Id}}","actual":1e999}""", 0, "within double's range")]
    [InlineData($$"""{"predictionId":"{{Id}}","actual":1,"actual":2}""", 0, "the member once, found it twice")]
    [InlineData($$"""{"predictionId":"{{Id}}","actual":1,"weight":2}""", 0, "the member \"weight\"")]
    [InlineData($$"""[{"predictionId":"{{Other}}","actual":1},{"predictionId":"{{Id}}"}]""", 1, "Entry 1, \"actual\"")]
    [InlineData($$"""[{"predictionId":"{{Id}}","actual":1},{"predictionId":"{{Id}}","actual":1}]""", 1, "each prediction once in an array")]
    [InlineData("""{"predictionId":"019ab2b4-6f6e-7c3a-9d52-3b1f0a7c9e11","actual":1}}""", null, "not valid JSON")]
    [InlineData($$"""[{"predictionId":"{{Id}}","actual":1}""", null, "not valid JSON")]
    public async Task Feedback_BadInput_NamesThePlaceAndTakesNothing(string body, int? row, string says)
    {
        var (status, problem, _) = await _scorer.PostAsync("/feedback", body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(says, (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Equal(row, (int?)problem["row"]);
        await _scorer.WaitUntilStoredAsync();
        await using var database = _scorer.OpenDatabase();
        Assert.False(await database.Feedback.AnyAsync(f => f.PredictionId == Guid.Parse(Id) || f.PredictionId == Guid.Parse(Other), Cancel));
    }

    [Fact]
    public async Task Feedback_OverItsBounds_Is413()
    {
        var (bytes, _, _) = await _scorer.PostAsync("/feedback", $"[\"{new string('a', FlowerScorer.MaxBodyBytes)}\"]");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, bytes);

        using var store = new TestStore();
        using var folder = new TempFolder();
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, store, folder, new() { ["Scorer:MaxRows"] = "2" });
        var entries = Enumerable.Range(0, 3).Select(_ => $$"""{"predictionId":"{{Guid.CreateVersion7()}}","actual":1}""").ToList();
        Assert.Equal(HttpStatusCode.Accepted, (await scorer.PostAsync("/feedback", $"[{entries[0]},{entries[1]}]")).Status);
        var (status, problem, _) = await scorer.PostAsync("/feedback", $"[{string.Join(',', entries)}]");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, 2), (status, (int)problem["row"]!));
    }

    [Fact]
    public async Task Feedback_NotJson_Is415() =>
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await _scorer.PostAsync("/feedback", Id, "text/csv")).Status);

    [Fact]
    public async Task OpenApi_Feedback_IsDescribed()
    {
        var document = JsonNode.Parse(await _scorer.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), Cancel))!;

        var feedback = document["paths"]!["/feedback"]!["post"]!;
        Assert.Equal(["202", "400", "401", "408", "413", "415", "429", "503"], feedback["responses"]!.AsObject().Select(r => r.Key));
        Assert.Equal(2, feedback["requestBody"]!["content"]!["application/json"]!["examples"]!.AsObject().Count);
    }

    private static DateTimeOffset Time(char minute) =>
        new(2026, 3, 10, 12, int.Parse(minute.ToString(), CultureInfo.InvariantCulture), 0, TimeSpan.Zero);

    private async Task SendAsync(string id, string actual) => Assert.Equal(
        HttpStatusCode.Accepted, (await _scorer.PostAsync("/feedback", $$"""{"predictionId":"{{id}}","actual":{{actual}}}""")).Status);

    private async Task<FeedbackRecord> StoredAsync(string id)
    {
        await _scorer.WaitUntilStoredAsync();
        await using var database = _scorer.OpenDatabase();
        return await database.Feedback.AsNoTracking().SingleAsync(f => f.PredictionId == Guid.Parse(id), Cancel);
    }
}
