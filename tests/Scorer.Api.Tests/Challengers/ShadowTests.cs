using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.Scorer.Api.Challengers;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Analytics.Scorer.Api.Tests.Challengers;

public sealed class ShadowTests(PostgresServer postgres) : IDisposable
{
    private const string Row = """{"features":[5.1,3.5,1.4,0.2]}""";
    private const string FaultyRow = """{"features":[200,3.5,1.4,0.2]}""";

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Challenger_Set_ScoresWhatIsAnsweredAndAnswersNothing()
    {
        await using var scorer = await StartAsync();

        var one = (await AnswerAsync(scorer, Row))["id"]!.GetValue<Guid>();
        await AnswerAsync(scorer, """{"instances":[[5.1,3.5,1.4,0.2],[6.7,3.0,5.2,2.3]]}""");
        var csv = await PostTextAsync(scorer, "text/csv", "sepal_length,sepal_width,petal_length,petal_width\n1,2,3,4\n5,6,7,8\n");
        var ndjson = await PostTextAsync(scorer, "application/x-ndjson", "[1,2,3,4]\n[\"x\"]\n[5,6,7,8]\n");

        Assert.Equal(2, csv.Split('\n').Count(l => l.Contains(",iris,1,", StringComparison.Ordinal)));
        Assert.Equal(2, ndjson.Split('\n').Count(l => l.Contains("\"version\":1", StringComparison.Ordinal)));
        await using var database = scorer.OpenDatabase();
        await WaitForShadowsAsync(database, 7);
        Assert.Equal(7, await database.Predictions.CountAsync(p => p.Role == PredictionRole.Champion && p.Version == 1, Cancel));
        Assert.Equal(7, await CountAsync(database, "SELECT count(*) FROM comparisons WHERE version = 1 AND shadow_version = 2"));
        // The bad line has its place, so the good one after it is row 2, for both alike.
        Assert.Equal(1, await CountAsync(database, "SELECT count(*) FROM comparisons WHERE row = 2"));
        var request = (await database.Predictions.SingleAsync(p => p.Id == one, Cancel)).RequestId;
        var shadow = await database.Predictions.SingleAsync(
            p => p.Role == PredictionRole.Shadow && p.RequestId == request, Cancel);
        AssertNear(new TestModel(TestModel.Iris, 2).Expected(5.1f, 3.5f, 1.4f, 0.2f), shadow.Probabilities!);
    }

    [Fact]
    public async Task Challenger_WithOutcomes_IsComparableInSql()
    {
        await using var scorer = await StartAsync();
        var actual = 0;
        for (var i = 0; i < 30; i++)
        {
            var answer = await AnswerAsync(scorer, $$"""{"features":[{{i % 9}},{{i % 5}},{{i % 7}},{{i % 3}}]}""");
            var outcome = TestModel.Classes[actual++ % 3];
            var (status, _, _) = await scorer.PostAsync("/feedback", $$"""{"predictionId":"{{answer["id"]}}","actual":"{{outcome}}"}""");
            Assert.Equal(HttpStatusCode.Accepted, status);
        }

        await using var database = scorer.OpenDatabase();
        await WaitForShadowsAsync(database, 30);
        await scorer.WaitUntilStoredAsync();

        // An outcome counts once, although two versions scored the row.
        Assert.Equal(30, await CountAsync(database, "SELECT count(*) FROM outcomes"));
        await using var connection = new NpgsqlConnection(scorer.Database);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(DocumentedQuery.Read("docs/challenger.md", "-- Versions side by side"), connection);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var rows = new List<(int Version, string Role, long Known, double LogLoss)>();
        while (await reader.ReadAsync(Cancel))
        {
            rows.Add((reader.GetInt32(0), reader.GetString(1), reader.GetInt64(2), reader.GetDouble(4)));
        }

        Assert.Equal([(1, "champion"), (2, "shadow")], rows.Select(r => (r.Version, r.Role)));
        foreach (var (version, _, known, logLoss) in rows)
        {
            Assert.Equal(30, known);
            var model = new TestModel(TestModel.Iris, version);
            var expected = Enumerable.Range(0, 30).Average(
                i => -Math.Log(model.Expected((float)(i % 9), (float)(i % 5), (float)(i % 7), (float)(i % 3))[i % 3]));
            Assert.Equal(expected, logLoss, 1e-4);
        }
    }

    [Fact]
    public async Task Challenger_ThatFails_ChangesNoAnswerAndIsGivenUpUntilItIsSetAnew()
    {
        await using var scorer = await StartAsync(GraphFault.Throws, new() { ["Challenger:MaxFailures"] = "3" });

        for (var i = 0; i < 6; i++)
        {
            await AnswerAsync(scorer, FaultyRow);
        }

        var problem = await WaitForProblemAsync(scorer, "Given up after 3 failures in a row");
        Assert.Contains("OnnxRuntimeException", problem, StringComparison.Ordinal);
        await AnswerAsync(scorer, Row);
        await AnswerAsync(scorer, FaultyRow);

        await _store.ChallengeAsync("iris", 2);

        await Eventually.TrueAsync(() => scorer.Challengers.Find("iris") is { Lane.GivenUp: null }, "the challenger has another try");
        await AnswerAsync(scorer, Row);
        await using var database = scorer.OpenDatabase();
        await WaitForShadowsAsync(database, 1);
    }

    [Fact]
    public async Task Challenger_ThatHangsInNativeCode_ChangesNoAnswerAndTheNextOneIsScored()
    {
        await using var scorer = await StartAsync(
            GraphFault.Hangs, new() { ["Challenger:ScoreTimeout"] = "00:00:00.100", ["Challenger:MaxQueueRows"] = "3" });

        for (var i = 0; i < 8; i++)
        {
            await AnswerAsync(scorer, FaultyRow);
        }

        await WaitForProblemAsync(scorer, "Given up: 1 row took longer than Challenger:ScoreTimeout (00:00:00.1");
        await AnswerAsync(scorer, Row);

        await _store.CommitAsync("iris", 3);
        await _store.ChallengeAsync("iris", 3);

        await scorer.WaitForChallengerAsync("iris", 3);
        await AnswerAsync(scorer, Row);
        await using var database = scorer.OpenDatabase();
        await WaitForShadowsAsync(database, 1);
        Assert.Equal(3, (await database.Predictions.SingleAsync(p => p.Role == PredictionRole.Shadow, Cancel)).Version);
    }

    [Fact]
    public async Task Challenger_ThatIsTheChampion_TakesNoSecondPlace()
    {
        await using var scorer = await StartAsync();

        await _store.PromoteAsync("iris", 2);

        await scorer.WaitForAsync("iris", 2);
        await Eventually.TrueAsync(() => scorer.Challengers.Find("iris") is null, "the challenger is let go");
        Assert.Equal(2, (int)(await AnswerAsync(scorer, Row, 2))["version"]!);
        // Set back, and the alias means another version than the champion again.
        await _store.PromoteAsync("iris", 1);
        await scorer.WaitForChallengerAsync("iris", 2);
        // The alias removed by hand.
        File.Delete(_store.PathOf(StoreKeys.Alias("iris", AliasName.Challenger)));
        await Eventually.TrueAsync(() => scorer.Challengers.Find("iris") is null, "the challenger is let go");
        await Eventually.TrueAsync(() => scorer.Challengers.Versions.Find("iris")!.Loaded.Count == 0, "nothing of it stays loaded");
    }

    [Fact]
    public async Task Challenger_BadVersion_IsToldAndChangesNothing()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        await _store.CommitAsync("iris", 2, graph: "not a graph"u8.ToArray());
        await _store.ChallengeAsync("iris", 2, share: 50);

        await WaitForProblemAsync(scorer, "ONNX Runtime cannot load the model");

        await AnswerAsync(scorer, Row);
        await _store.CommitAsync("iris", 3);
        await _store.ChallengeAsync("iris", 3);
        await scorer.WaitForChallengerAsync("iris", 3);
    }

    [Fact]
    public async Task Challenger_OfOtherColumns_IsScoredByNameOrTold()
    {
        InputColumn[] fewer = [TestModel.Iris[3], TestModel.Iris[0]];
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        await _store.CommitAsync("iris", 2, fewer);
        await _store.ChallengeAsync("iris", 2, share: 50);
        await scorer.WaitForChallengerAsync("iris", 2, 50);

        await AnswerAsync(scorer, Row, key: "any key");

        await using var database = scorer.OpenDatabase();
        await WaitForShadowsAsync(database, 1);
        AssertNear(
            new TestModel(fewer, 2).Expected(0.2f, 5.1f),
            (await database.Predictions.SingleAsync(p => p.Role == PredictionRole.Shadow, Cancel)).Probabilities!);
        await WaitForProblemAsync(scorer, "It answers nobody: its columns are not the champion's");

        await _store.CommitAsync("iris", 3, TestModel.Flowers);
        await _store.ChallengeAsync("iris", 3);
        await scorer.WaitForChallengerAsync("iris", 3);
        await AnswerAsync(scorer, Row);
        await WaitForProblemAsync(scorer, "it requires the column 'height'");
    }

    [Fact]
    public async Task Challenger_WhereNotEnabled_IsNotAskedFor()
    {
        await _store.CommitAsync("iris", 2);
        await _store.ChallengeAsync("iris", 2);
        await _store.PublishAsync("other", 1);
        await _store.CommitAsync("other", 2);
        await _store.ChallengeAsync("other", 2);
        await using var scorer = await ScorerServer.StartWithIrisAsync(
            postgres, _store, _folder, new() { ["Challenger:AllModels"] = "false", ["Challenger:Models:0"] = "other" });

        await scorer.WaitForChallengerAsync("other", 2);

        Assert.Null(scorer.Challengers.Versions.Find("iris"));
    }

    private async Task<ScorerServer> StartAsync(GraphFault? fault = null, Dictionary<string, string?>? settings = null)
    {
        var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, settings);
        await _store.CommitAsync("iris", 2, source: new TestModel(TestModel.Iris, 2, fault: fault));
        await _store.ChallengeAsync("iris", 2);
        await scorer.WaitForChallengerAsync("iris", 2);
        return scorer;
    }

    private static async Task<JsonObject> AnswerAsync(ScorerServer scorer, string body, int version = 1, string? key = null)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        if (key is not null)
        {
            content.Headers.Add(RoutingKey.Header, key);
        }

        var (status, answer, _) = await scorer.PostAsync("/predict", content);
        Assert.Equal((HttpStatusCode.OK, version), (status, (int)answer["version"]!));
        return answer;
    }

    private static void AssertNear(float[] expected, float[] found) =>
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));

    private static async Task<string> PostTextAsync(ScorerServer scorer, string type, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        using var answer = await scorer.Client.PostAsync(new Uri("/predict", UriKind.Relative), content, Cancel);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    private static Task<string> WaitForProblemAsync(ScorerServer scorer, string problem) => Eventually.GetAsync(
        async () =>
        {
            var model = JsonNode.Parse(await scorer.Client.GetStringAsync(new Uri("/models/iris", UriKind.Relative), Cancel))!["model"]!;
            return (string?)model["challenger"]?["problem"] ?? "";
        },
        found => found.Contains(problem, StringComparison.Ordinal),
        problem);

    private static Task WaitForShadowsAsync(AnalyticsContext database, int count) => Eventually.GetAsync(
        () => database.Predictions.CountAsync(p => p.Role == PredictionRole.Shadow, Cancel), found => found == count, $"{count} rows of the challenger");

    private static async Task<long> CountAsync(AnalyticsContext database, string query)
    {
        await using var connection = new NpgsqlConnection(database.Database.GetConnectionString());
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(query, connection);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
