using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Registry.Database;
using Analytics.Scorer.Api.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Scorer.Api.Tests.Predictions;

public sealed class BadInputTests(FlowerScorer flowers) : IClassFixture<FlowerScorer>
{
    private const int MaxBodyBytes = FlowerScorer.MaxBodyBytes;

    private readonly ScorerServer _scorer = flowers.Scorer;

    public static TheoryData<string, int?, string?, string?, string?> Bodies => new()
    {
        // Body, row, column, expected, found (parts of the texts).
        { "", null, null, "an object", "empty" },
        { "   ", null, null, "valid JSON", null },
        { "{", null, null, "valid JSON", null },
        { "nonsense", null, null, "valid JSON", null },
        { """{"features":[1,2,3,4]""", null, null, "valid JSON", null },
        { """{"features":[1,2,3,4]} x""", null, null, "valid JSON", null },
        { """{"features":[1,2,3,4]}{}""", null, null, "valid JSON", null },
        { """{"features":[1,2,3,4],}""", null, null, "valid JSON", null },
        { """{"features":[1,2,3,4]/* no */}""", null, null, "valid JSON", null },
        { """{"features":[1,2,3,04]}""", null, null, "valid JSON", null },
        { """{"features":[1,2,3,NaN]}""", null, null, "valid JSON", null },
        { "null", null, null, "an object", "null" },
        { "[1,2,3,4]", null, null, "an object", "an array" },
        { "\"features\"", null, null, "an object", "the text" },
        { "{}", null, null, "\"features\" or \"instances\"", "without" },
        { """{"feature":[1,2,3,4]}""", null, null, "\"features\" or \"instances\"", "\"feature\"" },
        { """{"features":[1,2,3,4],"extra":1}""", null, null, "\"features\" or \"instances\"", "\"extra\"" },
        { """{"features":[1,2,3,4],"features":[1,2,3,4]}""", null, null, "once", "\"features\" twice" },
        { """{"features":[1,2,3,4],"instances":[[1,2,3,4]]}""", null, null, "one of", "both" },
        { """{"instances":[]}""", null, null, "at least one row", "an empty array" },
        { """{"instances":{}}""", null, null, "array of rows", "an object" },
        { """{"instances":[1,2,3,4]}""", 0, null, "an array of values or an object", "the number 1" },
        { """{"features":5.1}""", 0, null, "an array of values or an object", "the number 5.1" },
        { """{"features":null}""", 0, null, "an array of values or an object", "null" },
        { """{"features":[]}""", 0, null, "4 values", "0 values" },
        { """{"features":[5.1]}""", 0, null, "4 values (sepal_length, sepal_width, petal_length, petal_width)", "1 value" },
        { """{"instances":[[1,2,3,4],[1,2,3,4,5,[6]]]}""", 1, null, "4 values", "6 values" },
        { """{"features":[5.1,"3.5",1.4,0.2]}""", 0, "sepal_width", "a number", "the text \"3.5\"" },
        { """{"features":[5.1,"NaN",1.4,0.2]}""", 0, "sepal_width", "a number", "the text \"NaN\"" },
        { """{"features":[5.1,"abc",1.4,0.2]}""", 0, "sepal_width", "a number", "the text \"abc\"" },
        { """{"features":[5.1,1e400,1.4,0.2]}""", 0, "sepal_width", "float32", "the number 1e400" },
        { """{"features":[5.1,-3.5e38,1.4,0.2]}""", 0, "sepal_width", "float32", "the number -3.5e38" },
        { """{"features":[5.1,true,1.4,0.2]}""", 0, "sepal_width", "a number", "true" },
        { """{"features":[5.1,[3.5],1.4,0.2]}""", 0, "sepal_width", "a number", "an array" },
        { """{"features":[5.1,{"x":1},1.4,0.2]}""", 0, "sepal_width", "a number", "an object" },
        { """{"features":[5.1,null,1.4,0.2]}""", 0, "sepal_width", "a number, for the column is required", "null" },
        { """{"features":[5.1,"",1.4,0.2]}""", 0, "sepal_width", "a number, for the column is required", "\"\"" },
        { """{"instances":[[1,2,3,4],{"sepal_length":1,"petal_length":1,"petal_width":1}]}""", 1, "sepal_width", "required", "absent" },
        { """{"features":{"sepal_length":1,"sepal_width":1,"petal_length":1,"petal_width":1,"color":1}}""", 0, "color", "one of the columns sepal_length", "does not have" },
        { """{"features":{"Sepal_length":1,"sepal_width":1,"petal_length":1,"petal_width":1}}""", 0, "Sepal_length", "one of the columns", "does not have" },
        { """{"features":{"sepal_length":1,"sepal_width":1,"sepal_length":1,"petal_width":1}}""", 0, "sepal_length", "once", "twice" },
        { """{"features":{"sepal_length":1,"sepal_width":1,"petal_length":false,"petal_width":1}}""", 0, "petal_length", "a number", "false" },
        { "{\"features\":" + new string('[', 200) + new string(']', 200) + "}", 0, "sepal_length", "a number", "an array" },
        { "{\"features\":[1,2,3,4," + new string('[', 200) + new string(']', 200) + "]}", null, null, "valid JSON", null },
        { """{"features":[1,2,3,[[[[[[[[""" + new string('[', 80), 0, "petal_width", "a number", "an array" },
        // Whatever comes is cut and cleaned before it is shown.
        { "{\"features\":[1,2,\"" + new string('x', 5_000) + "\",4]}", 0, "petal_length", "a number", "the text \"" + new string('x', 100) + "…\"" },
        { "{\"" + new string('y', 5_000) + "\":1}", null, null, "\"features\"", new string('y', 100) + "…" },
        { "{\"features\":{\"" + new string('z', 5_000) + "\":1}}", 0, new string('z', 100) + "…", "one of", "does not have" },
    };

    public static TheoryData<string, int?, string?, string?, string?> FlowerBodies => new()
    {
        { """{"features":[1,2,7,"north"]}""", 0, "color", "a text", "the number 7" },
        { """{"features":[1,2,true,"north"]}""", 0, "color", "a text", "true" },
        { """{"features":[1,2,"red",null]}""", 0, "site", "a text, for the column is required", "null" },
        { """{"features":{"height":1,"site":""}}""", 0, "site", "a text, for the column is required", "\"\"" },
        { """{"features":[1,2,"re\u0000d","north"]}""", 0, "color", "U+0000", "the text" },
        { """{"features":[1,2,"\ud800","north"]}""", 0, "color", "valid Unicode", "the text" },
        { """{"features":{"height":1,"gr\u00f6\u00dfe":"x","site":"north"}}""", 0, "größe", "a number", "the text \"x\"" },
        { """{"features":{"height":1,"\ud800":"x","site":"north"}}""", 0, "\\ud800", "one of the columns height, größe", "does not have" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public Task Predict_BadBody_SaysWhatAndWhere(string body, int? row, string? column, string? expected, string? found) =>
        AssertBadRequestAsync("/predict", "iris", body, row, column, expected, found);

    [Theory]
    [MemberData(nameof(FlowerBodies))]
    public Task Predict_BadText_SaysWhatAndWhere(string body, int? row, string? column, string? expected, string? found) =>
        AssertBadRequestAsync("/models/flowers/predict", "flowers", body, row, column, expected, found);

    [Fact]
    public async Task Predict_BrokenUtf8_IsABadRequest()
    {
        foreach (var member in (string[])["\"color\":\"r\u00FFd\"", "\"c\u00FFr\":\"red\""])
        {
            using var content = new ByteArrayContent(Encoding.Latin1.GetBytes("{\"features\":{\"height\":1,\"site\":\"north\"," + member + "}}"));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var (status, problem, _) = await _scorer.PostAsync("/models/flowers/predict", content);
            Assert.Equal((HttpStatusCode.BadRequest, 0), (status, (int)problem["row"]!));
        }
    }

    [Fact]
    public async Task Predict_MalformedJson_NamesLineAndByte()
    {
        var (_, problem, _) = await _scorer.PostAsync("/predict", "{\n  \"features\": [1, x]\n}");

        Assert.Equal((2, 19), ((int)problem["line"]!, (int)problem["byte"]!));
        Assert.StartsWith("The body is not valid JSON (line 2, byte 19): 'x' is an invalid start of a value", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/models/none/predict", 404, "There is no model 'none'. Known: flowers, iris, nan, nan-size, size, untrained, wanted.")]
    [InlineData("/models/..%2F..%2Fetc/predict", 404, "There is no model")]
    [InlineData("/models/iris/versions/2/predict", 404, "Version '2' of model 'iris' is not loaded; loaded: 1.")]
    [InlineData("/models/iris/versions/x/predict", 404, "Version 'x' of model 'iris' is not loaded; loaded: 1.")]
    [InlineData("/models/iris/versions/-1/predict", 404, "loaded: 1.")]
    [InlineData("/models/wanted/predict", 503, "Model 'wanted' has no loaded version yet: it has no champion")]
    [InlineData("/models/untrained/predict", 503, "Model 'untrained' has no loaded version yet: it has no champion")]
    [InlineData("/models/untrained/versions/1/predict", 503, "Model 'untrained' has no loaded version yet")]
    public async Task Predict_NothingThatAnswers_SaysWhatThereIs(string path, int status, string detail)
    {
        var (found, problem, response) = await _scorer.PostAsync(path, """{"features":[1,2,3,4]}""");

        Assert.Equal(status, (int)found);
        Assert.Contains(detail, (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Equal(status == 503 ? "1" : null, response.Headers.RetryAfter?.ToString());
        await AssertInHistoryAsync(problem, status);
    }

    [Theory]
    [InlineData("text/tab-separated-values")]
    [InlineData("")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application/json; charset=nonsense")]
    [InlineData("nonsense")]
    public async Task Predict_OtherContentType_IsUnsupported(string contentType)
    {
        var (status, problem, _) = await _scorer.PostAsync("/predict", """{"features":[1,2,3,4]}""", contentType);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, status);
        Assert.Contains("application/json", (string)problem["expected"]!, StringComparison.Ordinal);
        await AssertInHistoryAsync(problem, 415);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON; charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    public async Task Predict_Json_IsSupported(string contentType) => Assert.Equal(
        HttpStatusCode.OK, (await _scorer.PostAsync("/predict", """{"features":[1,2,3,4]}""", contentType)).Status);

    [Fact]
    public async Task Predict_CompressedBody_IsUnsupported()
    {
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        content.Headers.ContentEncoding.Add("gzip");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await _scorer.PostAsync("/predict", content)).Status);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(160, true)]
    [InlineData(1, false)]
    [InlineData(160, false)]
    public async Task Predict_BodyOverTheLimit_IsTooLarge(int times, bool withLength)
    {
        var body = "{\"features\":[" + new string(' ', MaxBodyBytes * times) + "1,2,3,4]}";
        using HttpContent content = withLength ? new StringContent(body, Encoding.UTF8, "application/json") : new PushContent([body]);

        var (status, problem, _) = await _scorer.PostAsync("/predict", content);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains("Scorer:MaxBodyBytes", (string)problem["detail"]!, StringComparison.Ordinal);
        await AssertInHistoryAsync(problem, 413);
    }

    [Fact]
    public async Task Predict_BodyAtTheLimit_IsAnswered()
    {
        var body = """{"features":[1,2,3,4]}""";
        Assert.Equal(HttpStatusCode.OK, (await _scorer.PostAsync("/predict", body.PadRight(MaxBodyBytes))).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await _scorer.PostAsync("/predict", body.PadRight(MaxBodyBytes + 1))).Status);
    }

    [Fact]
    public async Task Predict_TooManyRows_IsTooLarge()
    {
        var (status, problem, _) = await _scorer.PostAsync(
            "/predict", $$"""{"instances":[{{string.Join(',', Enumerable.Repeat("[1,2,3,4]", FlowerScorer.MaxRows + 1))}}]}""");

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, FlowerScorer.MaxRows), (status, (int)problem["row"]!));
    }

    [Theory]
    [InlineData("GET", "/predict", 405)]
    [InlineData("PUT", "/models/iris/predict", 405)]
    [InlineData("POST", "/nowhere", 404)]
    [InlineData("GET", "/", 404)]
    public async Task OtherMethodOrPath_IsAProblemDocument(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        var response = await _scorer.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Predict_WrongKey_IsInTheHistory()
    {
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        content.Headers.Add("X-Api-Key", "wrong");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/predict") { Content = content };
        request.Headers.Add("X-Api-Key", "wrong");
        var response = await _scorer.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject();
        await AssertInHistoryAsync(problem, 401, exactError: false);
    }

    [Fact]
    public async Task Predict_BrokenOffByTheClient_IsInTheHistoryAndHarmsNobody()
    {
        // A socket of our own: a client that is cancelled may not have sent a byte yet.
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(_scorer.Client.BaseAddress!.Host, _scorer.Client.BaseAddress.Port, TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync(
                "POST /models/iris/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"features\":[1,"u8.ToArray(),
                TestContext.Current.CancellationToken);
        }

        await using var database = _scorer.OpenDatabase();
        await Eventually.TrueAsync(
            () => database.Requests.AnyAsync(r => r.Status == 499 || r.Status == 400, TestContext.Current.CancellationToken), "the request is in the history");
        Assert.Equal(HttpStatusCode.OK, (await _scorer.PostAsync("/predict", """{"features":[1,2,3,4]}""")).Status);
    }

    private async Task AssertBadRequestAsync(
        string path, string model, string body, int? row, string? column, string? expected, string? found)
    {
        var (status, problem, response) = await _scorer.PostAsync(path, body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(("about:blank", "Bad Request", 400), ((string)problem["type"]!, (string)problem["title"]!, (int)problem["status"]!));
        Assert.Equal((row, column), ((int?)problem["row"], (string?)problem["column"]));
        Assert.Contains(expected!, (string)problem["expected"]!, StringComparison.Ordinal);
        Assert.Contains(found ?? "", (string?)problem["found"] ?? "", StringComparison.Ordinal);
        Assert.InRange(((string)problem["detail"]!).Length, 10, 600);
        Assert.DoesNotContain("   at ", (string)problem["detail"]!, StringComparison.Ordinal);
        var record = await AssertInHistoryAsync(problem, 400);
        Assert.Equal((model, 0, "loopback"), (record.Model, record.Rows, record.Client));
    }

    private async Task<RequestRecord> AssertInHistoryAsync(JsonObject problem, int status, bool exactError = true)
    {
        var traceId = (string)problem["traceId"]!;
        Assert.Equal(32, traceId.Length);
        await using var database = _scorer.OpenDatabase();
        var record = await Eventually.GetAsync(
            () => database.Requests.AsNoTracking().SingleOrDefaultAsync(r => r.TraceId == traceId, TestContext.Current.CancellationToken),
            r => r is not null,
            "the request is in the history");
        Assert.Equal(status, record!.Status);
        if (exactError)
        {
            Assert.Equal((string)problem["detail"]!, record.Error);
        }

        return record;
    }
}
