using System.Text;

namespace Analytics.Scorer.Api.Tests.Protocols;

/// <summary>What the Open Inference Protocol over REST says of bad input: <c>{"error": …}</c> with place, expected and found.</summary>
public sealed class OpenInferenceBadInputTests(ProtocolScorer protocols) : IClassFixture<ProtocolScorer>
{
    private const string Height = """{"name":"height","shape":[2],"datatype":"FP32","data":[1,2]}""";
    private const string Site = """{"name":"site","shape":[2],"datatype":"BYTES","data":["north","süd"]}""";

    public static TheoryData<string, string> Bodies => new()
    {
        { "", "The body: expected an object with \"inputs\", an array of tensors, found nothing: the body is empty." },
        { "{", "The body is not valid JSON (line 1, byte 2)" },
        { "[]", "found an array" },
        { "{}", "found an object without it" },
        { """{"inputs":{}}""", "\"inputs\": expected an array of tensors, found an object." },
        { """{"inputs":[]}""", "expected at least one tensor" },
        { """{"inputs":[1]}""", "Input 0: expected an object with \"name\", \"shape\", \"datatype\" and \"data\", found the number 1." },
        { """{"inputs":[{"shape":[1],"datatype":"FP32","data":[1]}]}""", "Input 0: expected \"name\", found a tensor without it." },
        { """{"inputs":[{"name":"height","datatype":"FP32","data":[1]}]}""", "Tensor 'height': expected \"shape\", found a tensor without it." },
        { """{"inputs":[{"name":"height","shape":[1],"data":[1]}]}""", "Tensor 'height': expected \"datatype\"" },
        { """{"inputs":[{"name":"height","shape":[1],"datatype":"FP32"}]}""", "Tensor 'height': expected \"data\"" },
        { """{"inputs":[{"name":"height","shape":[1],"datatype":"FP8","data":[1]}]}""", "Tensor 'height': expected a datatype (BOOL, BYTES, FP32" },
        { """{"inputs":[{"name":"height","shape":[1],"datatype":"BYTES","data":["1"]}]}""", "Tensor 'height': expected a datatype of numbers (FP32, FP64, FP16, INT8 to INT64 or UINT8 to UINT64), found BYTES." },
        { """{"inputs":[{"name":"height","shape":[1],"datatype":"BOOL","data":[true]}]}""", "found BOOL" },
        { """{"inputs":[{"name":"site","shape":[1],"datatype":"FP32","data":[1]}]}""", "Tensor 'site': expected the datatype BYTES, found FP32." },
        { """{"inputs":[{"name":"height","shape":[2,2],"datatype":"FP32","data":[1,2,3,4]}]}""", "Tensor 'height': expected the shape [rows] or [rows, 1], found [2, 2]." },
        { """{"inputs":[{"name":"height","shape":[-1],"datatype":"FP32","data":[1]}]}""", "Tensor 'height': expected a shape" },
        { """{"inputs":[{"name":"height","shape":[1.5],"datatype":"FP32","data":[1]}]}""", "found the number 1.5" },
        { """{"inputs":[{"name":"height","shape":[0],"datatype":"FP32","data":[]}]}""", "expected at least one row" },
        { """{"inputs":[{"name":"height","shape":[],"datatype":"FP32","data":[]}]}""", "found []" },
        { """{"inputs":[{"name":"height","shape":[3],"datatype":"FP32","data":[1,2]}]}""", "Tensor 'height': expected 3 values, as the shape [3] says, found 2." },
        { """{"inputs":[{"name":"height","shape":[1],"datatype":"FP32","data":[1,2]}]}""", "expected 1 value, as the shape [1] says, found 2." },
        { """{"inputs":[{"name":"height","shape":[900],"datatype":"FP32","data":[1,2]}]}""", "expected 900 values, as the shape [900] says, found at most" },
        { """{"inputs":[{"name":"height","shape":[2,1],"datatype":"FP32","data":[[1],[2,3]]}]}""", "Tensor 'height', row 1: expected 1 value, as the shape [2, 1] says, found 2." },
        { """{"inputs":[{"name":"height","shape":[2,1],"datatype":"FP32","data":[[1],2]}]}""", "Tensor 'height', row 1: expected an array, as the rows before, found the number 2." },
        { """{"inputs":[{"name":"height","shape":[1],"datatype":"FP32","data":5}]}""", "expected an array as \"data\", found the number 5." },
        { """{"inputs":[{"name":"height","shape":[1],"datatype":"FP32","data":["1"]}]}""", "Row 0, column 'height': expected a number, found the text \"1\"." },
        { """{"inputs":[{"name":"height","shape":[2],"datatype":"FP32","data":[1,null]}]}""", "Row 1, column 'height': expected a number, for the column is required, found null (missing)." },
        { """{"inputs":[{"name":"height","shape":[1],"datatype":"FP32","data":[1e400]}]}""", "Row 0, column 'height': expected a number within float32's range (±3.4028235e38), found the number 1e400." },
        { """{"inputs":[{"name":"height","shape":[1],"datatype":"FP32","data":[NaN]}]}""", "The body is not valid JSON" },
        { """{"inputs":[{"name":"height","shape":[1],"datatype":"UINT8","data":[256]}]}""", "expected a whole number of UINT8 (0 to 255), found the number 256." },
        { """{"inputs":[{"name":"height","shape":[1],"datatype":"INT64","data":[1.5]}]}""", "expected a whole number of INT64" },
        { """{"inputs":[{"name":"height","shape":[1],"datatype":"FP16","data":[70000]}]}""", "expected a number of FP16 (±65504), found the number 70000." },
        { $$"""{"inputs":[{{Height}}]}""", "Tensor 'site': expected a tensor of texts, for the column is required, found nothing: the tensor is absent." },
        { $$"""{"inputs":[{{Height}},{{Height}},{{Site}}]}""", "Tensor 'height': expected the tensor once, found it twice." },
        { $$"""{"inputs":[{{Site}},{"name":"height","shape":[1],"datatype":"FP32","data":[1]}]}""", "Tensor 'height': expected 2 rows, as tensor 'site' has, found the shape [1]." },
        { $$"""{"inputs":[{{Height}},{{Site}},{"name":"other","shape":[2],"datatype":"FP32","data":[1,2]}]}""", "Tensor 'other': expected one of the tensors height, größe, color, site, found a tensor the model does not have." },
        { $$"""{"inputs":[{{Height}},{{Site}}],"outputs":[{"name":"score"}]}""", "Requested outputs: expected names of prediction, label, probabilities, id, found 'score'." },
        { $$"""{"inputs":[{{Height}},{{Site}}],"outputs":[{"name":"id"},{"name":"id"}]}""", "expected each output once" },
        { $$"""{"inputs":[{{Height}},{{Site}}],"id":7}""", "\"id\": expected a text, found the number 7." },
        { $$"""{"inputs":[{{Height}},{{Site}}],"inputs":[]}""", "expected \"inputs\" once" },
        { $$"""{"inputs":[{{Height}},{{Site}}]} x""", "The body is not valid JSON" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Infer_BadBody_SaysWhatAndWhere(string body, string error)
    {
        var answer = await protocols.PostAsync("/v2/models/flowers/infer", body);

        Assert.Equal((400, "application/json"), (answer.Status, answer.MediaType));
        Assert.Contains(error, (string)Assert.Single(answer.Json.AsObject()).Value!, StringComparison.Ordinal);
        var request = await protocols.HistoryAsync(answer.TraceId);
        Assert.Equal(
            ("/v2/models/{model}/infer", 400, "flowers", (string)answer.Json["error"]!), (request.Route, request.Status, request.Model, request.Error));
    }

    [Theory]
    [InlineData(null, null, 415, "found no Content-Type")]
    [InlineData("text/csv", null, 415, "Expected Content-Type application/json (UTF-8), found 'text/csv'")]
    [InlineData("application/octet-stream", null, 415, "application/octet-stream")]
    [InlineData("application/json; charset=utf-16", null, 415, "charset=utf-16")]
    [InlineData("application/json", "text/csv", 406, "Expected Accept application/json, found 'text/csv'")]
    [InlineData("application/json", "text/html;q=1", 406, "text/html")]
    public async Task Infer_OtherMediaType_IsRefused(string? contentType, string? accept, int status, string error)
    {
        var answer = await protocols.PostAsync("/v2/models/flowers/infer", $$"""{"inputs":[{{Height}},{{Site}}]}""", contentType, accept);

        Assert.Equal(status, answer.Status);
        Assert.Contains(error, (string)answer.Json["error"]!, StringComparison.Ordinal);
        Assert.Equal(status, (await protocols.HistoryAsync(answer.TraceId)).Status);
    }

    [Theory]
    [InlineData("text/csv, application/json;q=0.1")]
    [InlineData("*/*")]
    [InlineData("application/*")]
    public async Task Infer_AcceptThatTakesJson_IsAnswered(string accept) => Assert.Equal(
        200, (await protocols.PostAsync("/v2/models/flowers/infer", $$"""{"inputs":[{{Height}},{{Site}}]}""", accept: accept)).Status);

    [Fact]
    public async Task Infer_TooLargeOrTooManyRows_Is413()
    {
        var large = await protocols.PostAsync("/v2/models/flowers/infer", new string(' ', ProtocolScorer.MaxBodyBytes + 1));
        var many = await protocols.PostAsync(
            "/v2/models/iris/infer", OpenInferenceTests.Iris($"[{ProtocolScorer.MaxRows + 1},4]", $"[{string.Join(',', Enumerable.Repeat("1,2,3,4", ProtocolScorer.MaxRows + 1))}]"));

        Assert.Equal((413, 413), (large.Status, many.Status));
        Assert.Contains("Scorer:MaxBodyBytes", (string)large.Json["error"]!, StringComparison.Ordinal);
        Assert.Contains("Scorer:MaxRows", (string)many.Json["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_AMillionColumns_IsRefusedWithoutHarm()
    {
        var tensors = string.Join(',', Enumerable.Range(0, 3_000).Select(i => $$"""{"name":"c{{i}}","shape":[1],"datatype":"FP32","data":[1]}"""));

        Assert.Equal(400, (await protocols.PostAsync("/v2/models/flowers/infer", $$"""{"inputs":[{{tensors}}]}""")).Status);
        Assert.Equal(400, (await protocols.PostAsync("/v2/models/iris/infer", OpenInferenceTests.Iris("[1,1000000]", "[1]"))).Status);
    }

    [Fact]
    public async Task Infer_BrokenUtf8_IsRefused()
    {
        var body = Encoding.Latin1.GetBytes("{\"inputs\":[{\"name\":\"site\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"n\u00FF\"]}]}");
        var answer = await protocols.SendAsync(HttpMethod.Post, "/v2/models/flowers/infer", body, "application/json");

        Assert.Equal(400, answer.Status);
        Assert.Contains("Row 0, column 'site': expected a text of valid Unicode", (string)answer.Json["error"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v2/models/none/infer", 404, null)]
    [InlineData("/v2/models/flowers/versions/9/infer", 404, null)]
    [InlineData("/v2/models/wanted/infer", 503, "1")]
    public async Task Infer_NothingThatAnswers_SaysSo(string path, int status, string? retryAfter)
    {
        var answer = await protocols.PostAsync(path, $$"""{"inputs":[{{Height}},{{Site}}]}""");

        Assert.Equal((status, retryAfter), (answer.Status, answer.RetryAfter));
        Assert.NotEmpty((string)answer.Json["error"]!);
        Assert.Equal(status, (await protocols.HistoryAsync(answer.TraceId)).Status);
    }

    [Fact]
    public async Task AnyCall_WrongKey_IsAnErrorOfTheProtocol()
    {
        foreach (var path in (string[])["/v2/models/flowers/infer", "/v2/repository/index"])
        {
            var answer = await protocols.SendAsync(
                HttpMethod.Post, path, "{}"u8.ToArray(), "application/json", change: r => r.Headers.Add("X-Api-Key", "wrong"));
            Assert.Equal(401, answer.Status);
            Assert.NotEmpty((string)Assert.Single(answer.Json.AsObject()).Value!);
        }
    }
}
