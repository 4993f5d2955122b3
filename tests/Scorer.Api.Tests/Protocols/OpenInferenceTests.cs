using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Scorer.Api.Tests.Protocols;

/// <summary>The Open Inference Protocol over REST: a test for each statement of its specification.</summary>
public sealed class OpenInferenceTests(ProtocolScorer protocols) : IClassFixture<ProtocolScorer>
{
    private const string Infer = "/v2/models/iris/infer";

    private const string TwoFlowers = """
        {"name":"height","shape":[2],"datatype":"FP32","data":[1.5,2]},
        {"name":"größe","shape":[2,1],"datatype":"FP64","data":[[3],[null]]},
        {"name":"color","shape":[2],"datatype":"BYTES","data":["red",""]},
        {"name":"site","shape":[2,1],"datatype":"BYTES","data":["süd","elsewhere"]}
        """;

    private const string TwoFlowerRows = """[[1.5,3,"red","süd"],[2,null,null,"elsewhere"]]""";

    [Fact]
    public async Task ServerMetadata_HasNameVersionAndExtensions()
    {
        var answer = await protocols.GetAsync("/v2");

        Assert.Equal((200, "application/json"), (answer.Status, answer.MediaType));
        Assert.Equal("analytics-scorer", (string)answer.Json["name"]!);
        Assert.NotEmpty((string)answer.Json["version"]!);
        Assert.Equal(["model_repository"], answer.Json["extensions"]!.AsArray().Select(e => (string)e!));
    }

    [Fact]
    public async Task ServerLive_Is200()
    {
        var answer = await protocols.GetAsync("/v2/health/live");

        Assert.Equal((200, true), (answer.Status, (bool)answer.Json["live"]!));
    }

    // Of the required models one is not in the store: the status decides, the body says it too.
    [Fact]
    public async Task ServerReady_AModelIsMissing_Is503()
    {
        var answer = await protocols.GetAsync("/v2/health/ready");

        Assert.Equal((503, false), (answer.Status, (bool)answer.Json["ready"]!));
    }

    [Fact]
    public async Task ModelMetadata_DescribesInputsAndOutputs()
    {
        var metadata = (await protocols.GetAsync("/v2/models/flowers")).Json;

        Assert.Equal(("flowers", "onnx"), ((string)metadata["name"]!, (string)metadata["platform"]!));
        Assert.Equal(["1"], metadata["versions"]!.AsArray().Select(v => (string)v!));
        Assert.Equal(
            ["height FP32 [-1,1]", "größe FP32 [-1,1]", "color BYTES [-1,1]", "site BYTES [-1,1]"], Tensors(metadata["inputs"]!));
        Assert.Equal(["prediction INT64 [-1]", "label BYTES [-1]", "probabilities FP32 [-1,3]", "id BYTES [-1]"], Tensors(metadata["outputs"]!));
    }

    [Fact]
    public async Task ModelMetadata_OfARegression_HasItsNumber() => Assert.Equal(
        ["prediction FP32 [-1]", "id BYTES [-1]"], Tensors((await protocols.GetAsync("/v2/models/size/versions/1")).Json["outputs"]!));

    [Theory]
    [InlineData("/v2/models/iris/ready", 200, true)]
    [InlineData("/v2/models/iris/versions/1/ready", 200, true)]
    [InlineData("/v2/models/wanted/ready", 503, false)]
    public async Task ModelReady_StatusAndBodyAgree(string path, int status, bool ready)
    {
        var answer = await protocols.GetAsync(path);

        Assert.Equal((status, ready), (answer.Status, (bool)answer.Json["ready"]!));
        Assert.NotEmpty((string)answer.Json["name"]!);
    }

    [Theory]
    [InlineData("/v2/models/none", 404)]
    [InlineData("/v2/models/none/ready", 404)]
    [InlineData("/v2/models/iris/versions/7", 404)]
    [InlineData("/v2/models/iris/versions/7/ready", 404)]
    [InlineData("/v2/models/wanted", 503)]
    [InlineData("/v2/nowhere", 404)]
    [InlineData("/v2/models/iris/infer", 405)]
    public async Task Errors_AreObjectsWithError(string path, int status)
    {
        var answer = await protocols.GetAsync(path);

        Assert.Equal((status, "application/json"), (answer.Status, answer.MediaType));
        Assert.NotEmpty((string)Assert.Single(answer.Json.AsObject()).Value!);
        Assert.Equal("error", Assert.Single(answer.Json.AsObject()).Key);
    }

    [Theory]
    [InlineData("/v2/")]
    [InlineData("/v2/health/live/")]
    [InlineData("/v2/models/iris/")]
    [InlineData("/v2/models/iris/ready/")]
    [InlineData("/v2/models/iris/versions/1/")]
    public async Task Paths_WithATrailingSlash_AreTheSame(string path) => Assert.Equal(200, (await protocols.GetAsync(path)).Status);

    [Theory]
    [InlineData("/v2/models/flowers/infer")]
    [InlineData("/v2/models/flowers/infer/")]
    [InlineData("/v2/models/flowers/versions/1/infer")]
    public async Task Infer_NumbersTextsAndMissing_AreAnsweredAsByPredict(string path)
    {
        var expected = await protocols.PredictAsync("flowers", TwoFlowerRows);

        var answer = await protocols.PostAsync(path, $$"""{"inputs":[{{TwoFlowers}}]}""");

        Assert.Equal((200, "application/json"), (answer.Status, answer.MediaType));
        Assert.Equal(("flowers", "1"), ((string)answer.Json["model_name"]!, (string)answer.Json["model_version"]!));
        Assert.Null(answer.Json["id"]);
        var outputs = Outputs(answer);
        Assert.Equal(["prediction", "label", "probabilities", "id"], outputs.Keys);
        Assert.Equal([2], Shape(outputs["prediction"]));
        Assert.Equal([2, 3], Shape(outputs["probabilities"]));
        Assert.Equal(expected.Select(p => (int)p!["prediction"]!), Data(outputs["prediction"]).Select(v => (int)v!));
        Assert.Equal(expected.Select(p => (string)p!["label"]!), Data(outputs["label"]).Select(v => (string)v!));
        Assert.Equal(
            expected.SelectMany(p => p!["probabilities"]!.AsObject().Select(c => (float)c.Value!)), Data(outputs["probabilities"]).Select(v => (float)v!));
    }

    [Fact]
    public async Task Infer_IsInTheHistoryWithItsRows()
    {
        var answer = await protocols.PostAsync("/v2/models/flowers/infer", $$"""{"inputs":[{{TwoFlowers}}]}""");

        var request = await protocols.HistoryAsync(answer.TraceId);
        Assert.Equal(
            ("/v2/models/{model}/infer", 200, 2, "flowers", 1, "loopback"),
            (request.Route, request.Status, request.Rows, request.Model, request.Version, request.Client));
        var ids = Data(Outputs(answer)["id"]).Select(v => Guid.Parse((string)v!)).ToList();
        await using var database = protocols.Scorer.OpenDatabase();
        var stored = await database.Predictions.Where(p => p.RequestId == request.Id).OrderBy(p => p.Row).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ids, stored.Select(p => p.Id));
        Assert.Equal("süd", (string)JsonNode.Parse(stored[0].Features)!["site"]!);
    }

    [Fact]
    public async Task Infer_Id_IsGivenBack()
    {
        var answer = await protocols.PostAsync(Infer, Iris("""[1,4]""", "[5.1,3.5,1.4,0.2]", """,{"id":"a \"quoted\" id"}"""));

        Assert.Equal("a \"quoted\" id", (string)answer.Json["id"]!);
    }

    [Fact]
    public async Task Infer_RequestedOutputs_AreThoseInTheirOrder()
    {
        var answer = await protocols.PostAsync(
            Infer, Iris("[1,4]", "[5.1,3.5,1.4,0.2]", """,{"outputs":[{"name":"probabilities","parameters":{"binary_data":false}},{"name":"prediction"}]}"""));

        Assert.Equal(["probabilities", "prediction"], Outputs(answer).Keys);
    }

    [Fact]
    public async Task Infer_Regression_GivesTheNumber()
    {
        var expected = await protocols.PredictAsync("size", TwoFlowerRows);

        var answer = await protocols.PostAsync("/v2/models/size/infer", $$"""{"inputs":[{{TwoFlowers}}]}""");

        Assert.Equal(expected.Select(p => (float)p!["prediction"]!), Data(Outputs(answer)["prediction"]).Select(v => (float)v!));
    }

    // JSON has no NaN.
    [Fact]
    public async Task Infer_OutputThatIsNoNumber_IsNull()
    {
        var outputs = Outputs(await protocols.PostAsync("/v2/models/nan/infer", $$"""{"inputs":[{{TwoFlowers}}]}"""));

        Assert.Null(Data(outputs["prediction"])[1]);
        Assert.Null(Data(outputs["label"])[1]);
        Assert.Null(Data(outputs["probabilities"])[4]);
    }

    [Fact]
    public async Task Infer_FlatAndNested_AreTheSame()
    {
        var flat = await protocols.PostAsync(Infer, Iris("[2,4]", "[5.1,3.5,1.4,0.2, 6,3,5,2]"));
        var nested = await protocols.PostAsync(Infer, Iris("[2,4]", "[[5.1,3.5,1.4,0.2], [6,3,5,2]]"));

        Assert.Equal(200, flat.Status);
        Assert.Equal(Outputs(flat)["probabilities"].ToJsonString(), Outputs(nested)["probabilities"].ToJsonString());
    }

    // As clients of Triton's FIL backend and of MLServer's scikit-learn runtime send it.
    [Fact]
    public async Task Infer_OneMatrixOfAllColumns_IsTheColumnsInOrder()
    {
        var expected = await protocols.PredictAsync("iris", "[[5.1,3.5,1.4,0.2],[6,3,5,2]]");

        var answer = await protocols.PostAsync(Infer, Iris("[2,4]", "[5.1,3.5,1.4,0.2, 6,3,5,2]"));

        Assert.Equal(expected.Select(p => (string)p!["label"]!), Data(Outputs(answer)["label"]).Select(v => (string)v!));
    }

    [Fact]
    public async Task Infer_MembersInAnyOrder_AreRead()
    {
        var answer = await protocols.PostAsync(
            Infer, """{"parameters":{"x":1},"inputs":[{"data":[5.1,3.5,1.4,0.2],"parameters":{},"shape":[1,4],"datatype":"FP32","name":"input-0"}],"id":"late"}""");

        Assert.Equal((200, "late"), (answer.Status, (string)answer.Json["id"]!));
    }

    [Theory]
    [InlineData("FP16")]
    [InlineData("FP32")]
    [InlineData("FP64")]
    [InlineData("INT8")]
    [InlineData("INT16")]
    [InlineData("INT32")]
    [InlineData("INT64")]
    [InlineData("UINT8")]
    [InlineData("UINT16")]
    [InlineData("UINT32")]
    [InlineData("UINT64")]
    public async Task Infer_EveryDatatypeOfNumbers_IsTaken(string datatype)
    {
        var expected = await protocols.PredictAsync("iris", "[[5,3,1,0]]");

        var answer = await protocols.PostAsync(Infer, Iris("[1,4]", "[5,3,1.0,0]").Replace("FP32", datatype, StringComparison.Ordinal));

        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(
            expected[0]!["probabilities"]!.AsObject().Select(c => (float)c.Value!), Data(Outputs(answer)["probabilities"]).Select(v => (float)v!));
    }

    [Fact]
    public async Task Infer_ColumnThatIsNotRequired_MayBeAbsent()
    {
        var answer = await protocols.PostAsync(
            "/v2/models/flowers/infer", """{"inputs":[{"name":"site","shape":[1],"datatype":"BYTES","data":["north"]},{"name":"height","shape":[1],"datatype":"FP32","data":[1]}]}""");

        Assert.Equal(200, answer.Status);
    }

    // The specification's own example has a BOOL tensor of shape [3] with one value.
    [Fact]
    public async Task Infer_TheSpecificationsExample_IsRefusedWithoutHarm()
    {
        var answer = await protocols.PostAsync(
            Infer,
            """{"id":"42","inputs":[{"name":"input0","shape":[2,2],"datatype":"UINT32","data":[1,2,3,4]},{"name":"input1","shape":[3],"datatype":"BOOL","data":[true]}],"outputs":[{"name":"prediction"}]}""");

        Assert.Equal(400, answer.Status);
        Assert.Contains("input0", (string)answer.Json["error"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v2/repository/index")]
    [InlineData("/v2/repository/index/")]
    public async Task RepositoryIndex_TellsStateAndReason(string path)
    {
        var index = (await protocols.PostAsync(path, "{}")).Json.AsArray();

        Assert.Equal(
            ["broken 1 UNAVAILABLE", "flowers 1 READY", "iris 1 READY", "nan 1 READY", "size 1 READY", "visits 1 READY", "wanted  UNAVAILABLE"],
            index.Select(e => $"{e!["name"]} {e["version"]} {e["state"]}"));
        Assert.NotEmpty((string)index[0]!["reason"]!);
        Assert.Equal("", (string)index[1]!["reason"]!);
    }

    [Fact]
    public async Task RepositoryIndex_ReadyOnly_LeavesTheOthersOut()
    {
        Assert.All((await protocols.PostAsync("/v2/repository/index", """{"ready":true}""")).Json.AsArray(), e => Assert.Equal("READY", (string)e!["state"]!));
        Assert.Equal(7, (await protocols.PostAsync("/v2/repository/index", "")).Json.AsArray().Count);
        Assert.Contains("true or false", (string)(await protocols.PostAsync("/v2/repository/index", """{"ready":1}""")).Json["error"]!, StringComparison.Ordinal);
    }

    internal static string Iris(string shape, string data, string more = "") =>
        $$"""{"inputs":[{"name":"input-0","shape":{{shape}},"datatype":"FP32","data":{{data}}}]{{(more.Length > 0 ? "," + more[2..^1] : "")}}}""";

    private static Dictionary<string, JsonNode> Outputs(ProtocolAnswer answer)
    {
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json["outputs"]!.AsArray().ToDictionary(o => (string)o!["name"]!, o => o!);
    }

    private static JsonArray Data(JsonNode output) => output["data"]!.AsArray();

    private static IEnumerable<int> Shape(JsonNode output) => output["shape"]!.AsArray().Select(d => (int)d!);

    private static IEnumerable<string> Tensors(JsonNode tensors) =>
        tensors.AsArray().Select(t => $"{t!["name"]} {t["datatype"]} {t["shape"]!.ToJsonString()}");
}
