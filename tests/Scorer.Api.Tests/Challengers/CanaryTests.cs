using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Registry.Database;
using Analytics.Scorer.Api.Challengers;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Scorer.Api.Tests.Challengers;

public sealed class CanaryTests(PostgresServer postgres) : IDisposable
{
    private const string Row = """{"features":[5.1,3.5,1.4,0.2]}""";

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Share_OfKeys_IsAnsweredByTheChallengerInEveryScorerAndForm()
    {
        await using var first = await StartAsync(30);
        await using var second = await StartSecondAsync(first);
        await second.WaitForChallengerAsync("iris", 2, 30);

        for (var i = 0; i < 60; i++)
        {
            var key = $"customer {i}";
            var version = RoutingKey.IsTaken("iris", key, 30) ? 2 : 1;
            Assert.Equal(version, await AnswerAsync(first, key));
            Assert.Equal(version, await AnswerAsync(second, key));
        }

        var taken = Keys(30).First();
        var (_, many, _) = await PostAsync(first, taken, """{"instances":[[5.1,3.5,1.4,0.2],[6.7,3.0,5.2,2.3]]}""");
        Assert.Equal(2, (int)many["version"]!);
        var (_, ndjson, _) = await PostAsync(first, taken, "[5.1,3.5,1.4,0.2]\n", "application/x-ndjson");
        Assert.Equal(2, (int)ndjson["version"]!);
        // A version that was asked for is not another one's turn, and a key is what makes a canary.
        Assert.Equal(1, await AnswerAsync(first, taken, "/models/iris/versions/1/predict"));
        Assert.Equal(2, await AnswerAsync(first, null, "/models/iris/versions/2/predict"));
        Assert.Equal(1, await AnswerAsync(first, null));
        Assert.Equal(1, await AnswerAsync(first, ""));
        var (status, problem, _) = await PostAsync(first, null, Row, path: "/models/iris/versions/7/predict");
        Assert.Equal((HttpStatusCode.NotFound, "Version '7' of model 'iris' is not loaded; loaded: 1, 2."), (status, (string)problem["detail"]!));
    }

    [Fact]
    public async Task Answers_OfBothSides_AreRecordedWithTheirVersionAndTakeFeedback()
    {
        await using var scorer = await StartAsync(50);
        string[] keys = [Keys(50).First(), Enumerable.Range(0, 1_000).Select(i => $"k{i}").First(k => !RoutingKey.IsTaken("iris", k, 50))];
        foreach (var key in keys)
        {
            var (_, answer, _) = await PostAsync(scorer, key, Row);
            var (status, _, _) = await scorer.PostAsync("/feedback", $$"""{"predictionId":"{{answer["id"]}}","actual":"setosa"}""");
            Assert.Equal(HttpStatusCode.Accepted, status);
        }

        await using var database = scorer.OpenDatabase();
        await Eventually.TrueAsync(async () => await database.Feedback.CountAsync(Cancel) == 2, "the feedback is stored");
        await Eventually.TrueAsync(async () => await database.Predictions.CountAsync(Cancel) == 3, "the answers and the shadow of one are stored");
        var outcomes = await database.Database.SqlQuery<string>(
            $"SELECT version || ' ' || role || ' ' || actual AS \"Value\" FROM outcomes ORDER BY version").ToListAsync(Cancel);
        Assert.Equal(["1 champion setosa", "2 challenger setosa"], outcomes);
        Assert.Equal(
            ["1 champion", "2 challenger", "2 shadow"],
            (await database.Predictions.Select(p => p.Version + " " + p.Role).ToListAsync(Cancel)).Order(StringComparer.Ordinal));
        Assert.Equal([1, 2], await database.Requests.Where(r => r.Status == 200 && r.Route == "/predict").Select(r => r.Version!.Value).Order().ToListAsync(Cancel));
    }

    [Fact]
    public async Task RollBack_ByOneAliasChange_ReachesEveryScorerWithinTwoSeconds()
    {
        // Half the default, so that a busy machine does not decide: bench/run shadow measures it with the default.
        var settings = new Dictionary<string, string?> { ["Scorer:PollInterval"] = "00:00:00.500" };
        await using var first = await StartAsync(50, settings);
        await using var second = await StartSecondAsync(first, settings);
        await second.WaitForChallengerAsync("iris", 2, 50);
        var key = Keys(50).First();
        Assert.Equal((2, 2), (await AnswerAsync(first, key), await AnswerAsync(second, key)));

        await _store.ChallengeAsync("iris", 2, share: 0);

        await Eventually.TrueAsync(
            async () => await AnswerAsync(first, key) == 1 && await AnswerAsync(second, key) == 1, "every scorer has rolled back", seconds: 2);
    }

    [Fact]
    public async Task Canary_ThatFails_IsAnsweredByTheChampion()
    {
        await using var scorer = await StartAsync(50, new() { ["Challenger:MaxFailures"] = "3" }, GraphFault.Throws);
        var key = Keys(50).First();
        Assert.Equal(2, await AnswerAsync(scorer, key));

        for (var i = 0; i < 3; i++)
        {
            var (status, body, _) = await PostAsync(scorer, key, """{"features":[200,3.5,1.4,0.2]}""");
            Assert.Equal((HttpStatusCode.OK, 1), (status, (int)body["version"]!));
            Assert.Equal(
                new TestModel(TestModel.Iris, 1).Expected(200f, 3.5f, 1.4f, 0.2f)[1], (float)body["probabilities"]!["versicolor"]!, 1e-5f);
        }

        // Given up: its share is answered no more.
        Assert.Equal(1, await AnswerAsync(scorer, key));
        await scorer.WaitUntilStoredAsync();
        await using var database = scorer.OpenDatabase();
        Assert.Equal(4, await database.Predictions.CountAsync(p => p.Version == 1 && p.Role == PredictionRole.Champion, Cancel));
    }

    [Fact]
    public async Task Share_InTheAlias_IsKeptWithItsHistoryAndBounded()
    {
        await _store.CommitAsync("iris", 1);
        await _store.ChallengeAsync("iris", 1, 5);
        await _store.ChallengeAsync("iris", 1, 20.5);

        var history = await _store.Registry.ListAliasHistoryAsync("iris", "challenger", Cancel);
        Assert.Equal([20.5, 5], history.Select(s => s.Share!.Value));
        await Assert.ThrowsAsync<ArgumentException>(() => _store.ChallengeAsync("iris", 1, 50.1));
        await Assert.ThrowsAsync<ArgumentException>(() => _store.ChallengeAsync("iris", 1, -1));
    }

    private async Task<ScorerServer> StartAsync(double share, Dictionary<string, string?>? settings = null, GraphFault? fault = null)
    {
        var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, settings);
        await _store.CommitAsync("iris", 2, source: new TestModel(TestModel.Iris, 2, fault: fault));
        await _store.ChallengeAsync("iris", 2, share);
        await scorer.WaitForChallengerAsync("iris", 2, share);
        return scorer;
    }

    private async Task<ScorerServer> StartSecondAsync(ScorerServer first, Dictionary<string, string?>? settings = null)
    {
        var second = await ScorerServer.StartAsync(postgres, _store, Path.Combine(_folder.Combine("second"), "cache"), settings, first.Database);
        await second.WaitForAsync("iris", 1);
        return second;
    }

    private static IEnumerable<string> Keys(double share) =>
        Enumerable.Range(0, 1_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"k{i}")).Where(k => RoutingKey.IsTaken("iris", k, share));

    private static async Task<int> AnswerAsync(ScorerServer scorer, string? key, string path = "/predict")
    {
        var (status, body, _) = await PostAsync(scorer, key, Row, path: path);
        Assert.Equal(HttpStatusCode.OK, status);
        return (int)body["version"]!;
    }

    private static async Task<(HttpStatusCode Status, JsonObject Body, HttpResponseMessage Response)> PostAsync(
        ScorerServer scorer, string? key, string body, string type = "application/json", string path = "/predict")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
        request.Content = new StringContent(body, Encoding.UTF8, type);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation(RoutingKey.Header, key);
        }

        var response = await scorer.Client.SendAsync(request, Cancel);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!.AsObject(), response);
    }
}
