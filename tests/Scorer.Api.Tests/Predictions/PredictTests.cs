using System.Net;
using System.Text.Json.Nodes;
using Analytics.Registry.Database;
using Analytics.Scorer.Api.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Scorer.Api.Tests.Predictions;

public sealed class PredictTests(FlowerScorer flowers) : IClassFixture<FlowerScorer>
{
    private static readonly TestModel Iris = new(TestModel.Iris, 1);
    private static readonly TestModel Flowers = new(TestModel.Flowers, 1);

    private readonly ScorerServer _scorer = flowers.Scorer;

    [Fact]
    public async Task Predict_ByPosition_AnswersTheSeedsContractAndMore()
    {
        var (status, body, response) = await _scorer.PostAsync("/predict", """{"features":[5.1,3.5,1.4,0.2]}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.False(response.Headers.Contains("Server"));
        Assert.Equal(["prediction", "label", "probabilities", "model", "version", "id"], body.Select(m => m.Key));
        Assert.Equal(("iris", 1), ((string)body["model"]!, (int)body["version"]!));
        Assert.Equal(7, Guid.Parse((string)body["id"]!).Version);
        AssertAnswer(Iris.Expected(5.1f, 3.5f, 1.4f, 0.2f), body);
    }

    // mlflow#690
    [Theory]
    [InlineData("""{"features":{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}}""")]
    [InlineData("""{"features":{"petal_width":0.2,"sepal_width":3.5,"petal_length":1.4,"sepal_length":5.1}}""")]
    [InlineData("""{"features":{"petal\u005fwidth":0.2,"sepal_width":3.5,"petal_length":1.4,"sepal_length":5.1}}""")]
    [InlineData("\uFEFF { \"features\" : [ 51e-1 , 3.5 ,1.40, 2E-1 ] } \r\n")]
    public async Task Predict_ByNameInAnyOrder_EqualsByPosition(string request)
    {
        var (status, body, _) = await _scorer.PostAsync("/models/iris/predict", request);

        Assert.Equal(HttpStatusCode.OK, status);
        AssertAnswer(Iris.Expected(5.1f, 3.5f, 1.4f, 0.2f), body);
    }

    [Fact]
    public async Task Predict_Instances_AnswersEachInOrder()
    {
        var (status, body, _) = await _scorer.PostAsync(
            "/models/iris/versions/1/predict",
            """{"instances":[[5.1,3.5,1.4,0.2],{"petal_width":1,"petal_length":2,"sepal_width":3,"sepal_length":4},[0,0,0,0]]}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(["predictions", "model", "version"], body.Select(m => m.Key));
        var predictions = body["predictions"]!.AsArray();
        AssertAnswer(Iris.Expected(5.1f, 3.5f, 1.4f, 0.2f), predictions[0]!);
        AssertAnswer(Iris.Expected(4f, 3f, 2f, 1f), predictions[1]!);
        AssertAnswer(Iris.Expected(0f, 0f, 0f, 0f), predictions[2]!);
        Assert.Equal(3, predictions.Select(p => (string)p!["id"]!).Distinct().Count());
    }

    // MLServer#1747, scikit-learn#12018
    [Theory]
    [InlineData("""{"height":1,"größe":null,"color":null,"site":"süd"}""", null, null)]
    [InlineData("""{"height":1,"größe":"","color":"","site":"süd"}""", null, null)]
    [InlineData("""{"height":1,"site":"s\u00fcd"}""", null, null)]
    [InlineData("""[1,null,"",  "süd"]""", null, null)]
    [InlineData("""{"height":1,"größe":2.5,"color":"red","site":"süd"}""", 2.5f, "red")]
    [InlineData("""{"height":1,"gr\u00f6\u00dfe":2.5,"color":"green","site":"süd"}""", 2.5f, "green")]
    [InlineData("""{"height":1,"größe":-1e-30,"color":"\uD83C\uDF38","site":"süd"}""", -1e-30f, "🌸")]
    public async Task Predict_MissingAndUnseen_AreTwoThings(string row, float? size, string? color)
    {
        var (status, body, _) = await _scorer.PostAsync("/models/flowers/predict", $"{{\"features\":{row}}}");

        Assert.Equal(HttpStatusCode.OK, status);
        AssertAnswer(Flowers.Expected(1f, size, color, "süd"), body);
        var stored = await StoredAsync(body);
        var features = JsonNode.Parse(stored.Features)!;
        Assert.Equal((size, color, "süd"), ((float?)features["größe"], (string?)features["color"], (string?)features["site"]));
        Assert.Equal(4, features.AsObject().Count);
    }

    [Fact]
    public async Task Predict_Regression_AnswersANumber()
    {
        var (_, body, _) = await _scorer.PostAsync("/models/size/predict", """{"features":[1.5,2,"red","north"]}""");

        Assert.Equal(["prediction", "model", "version", "id"], body.Select(m => m.Key));
        var expected = new TestModel(TestModel.Flowers, 1, regression: true).Expected(1.5f, 2f, "red", "north")[0];
        Assert.Equal(expected, (float)body["prediction"]!, 1e-5f);
        var stored = await StoredAsync(body);
        Assert.Equal((expected, null, null), ((float)stored.Prediction, stored.Label, stored.Probabilities));
    }

    // MLServer#1154
    [Fact]
    public async Task Predict_ModelGivesNaN_TheBodyIsValidJson()
    {
        var (status, body, _) = await _scorer.PostAsync("/models/nan/predict", """{"features":[1.5,null,"red","north"]}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Null(body["prediction"]);
        Assert.Null(body["label"]);
        Assert.All(body["probabilities"]!.AsObject(), p => Assert.Null(p.Value));
        var stored = await StoredAsync(body);
        Assert.Equal((double.NaN, null), (stored.Prediction, stored.Label));

        (status, body, _) = await _scorer.PostAsync("/models/nan-size/predict", """{"instances":[[1.5,null,"red","north"],[1.5,1,"red","north"]]}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Null(body["predictions"]![0]!["prediction"]);
        Assert.NotNull(body["predictions"]![1]!["prediction"]);
    }

    [Fact]
    public async Task Predict_LargeBatch_EqualsOneByOne()
    {
        var rows = Enumerable.Range(0, 5_000).Select(i => $"[{i % 7},{i % 11}.5,{i % 13},{i % 3}]").ToList();
        var (status, body, _) = await _scorer.PostAsync("/predict", $$"""{"instances":[{{string.Join(',', rows)}}]}""");

        Assert.Equal(HttpStatusCode.OK, status);
        var predictions = body["predictions"]!.AsArray();
        Assert.Equal(rows.Count, predictions.Count);
        for (var i = 0; i < rows.Count; i += 997)
        {
            AssertAnswer(Iris.Expected(i % 7, (i % 11) + 0.5f, i % 13, i % 3), predictions[i]!);
        }

        // The buffers it needed are not kept, and small requests are as before.
        AssertAnswer(Iris.Expected(1f, 2f, 3f, 4f), (await _scorer.PostAsync("/predict", """{"features":[1,2,3,4]}""")).Body);
    }

    [Fact]
    public async Task Predict_BodyInPieces_IsReadWhole()
    {
        // Without a length and flushed in pieces, so that the server sees several reads.
        using var content = new PushContent(["{\"featu", "res\":[5.1,3", ".5,1.4,", "0.2]}"]);

        var (status, body, _) = await _scorer.PostAsync("/predict", content);

        Assert.Equal(HttpStatusCode.OK, status);
        AssertAnswer(Iris.Expected(5.1f, 3.5f, 1.4f, 0.2f), body);
    }

    [Fact]
    public async Task Models_List_SaysWhatServes()
    {
        var body = JsonNode.Parse(await _scorer.Client.GetStringAsync(new Uri("/models", UriKind.Relative), TestContext.Current.CancellationToken))!;

        var models = body["models"]!.AsArray();
        Assert.Equal(["flowers", "iris", "nan", "nan-size", "size", "untrained", "wanted"], models.Select(m => (string)m!["name"]!));
        Assert.Equal("iris", models.Single(m => (bool)m!["default"]!)!["name"]!.GetValue<string>());
        Assert.Equal(("ready", "onnxruntime"), ((string)models[1]!["versions"]![0]!["state"]!, (string)models[1]!["versions"]![0]!["engine"]!));

        var one = JsonNode.Parse(await _scorer.Client.GetStringAsync(new Uri("/models/flowers", UriKind.Relative), TestContext.Current.CancellationToken))!;
        Assert.Equal("größe", (string)one["signature"]!["inputs"]![1]!["name"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await _scorer.Client.GetAsync(new Uri("/models/none", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task OpenApi_Document_DescribesFormsAndProblems()
    {
        var document = JsonNode.Parse(await _scorer.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken))!;

        var predict = document["paths"]!["/predict"]!["post"]!;
        Assert.Equal(3, predict["requestBody"]!["content"]!["application/json"]!["examples"]!.AsObject().Count);
        Assert.Equal(["200", "400", "401", "404", "408", "413", "415", "429", "503"], predict["responses"]!.AsObject().Select(r => r.Key));
        Assert.Equal(
            ["model", "version"],
            document["paths"]!["/models/{model}/versions/{version}/predict"]!["post"]!["parameters"]!.AsArray().Select(p => (string)p!["name"]!));
        var page = await _scorer.Client.GetAsync(new Uri("/scalar", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task Health_IsOpenAndExact() => Assert.Equal(
        """{"status":"healthy"}""",
        await _scorer.Client.GetStringAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken));

    private async Task<PredictionRecord> StoredAsync(JsonObject answer)
    {
        await _scorer.WaitUntilStoredAsync();
        await using var database = _scorer.OpenDatabase();
        var id = Guid.Parse((string)answer["id"]!);
        return await database.Predictions.SingleAsync(p => p.Id == id, TestContext.Current.CancellationToken);
    }

    private static void AssertAnswer(float[] expected, JsonNode answer)
    {
        var probabilities = answer["probabilities"]!.AsObject();
        Assert.Equal(TestModel.Classes, probabilities.Select(p => p.Key));
        Assert.All(expected.Zip(probabilities), pair => Assert.Equal(pair.First, (float)pair.Second.Value!, 1e-5f));
        var best = Array.IndexOf(expected, expected.Max());
        Assert.Equal((best, TestModel.Classes[best]), ((int)answer["prediction"]!, (string)answer["label"]!));
    }
}
