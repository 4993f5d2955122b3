using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Scorer.Api.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Scorer.Api.Tests.Predictions;

public sealed class BatchTests(FlowerScorer flowers) : IClassFixture<FlowerScorer>
{
    private const string Header = "site,height,color,größe\n";
    private const string Iris = "sepal_length,sepal_width,petal_length,petal_width\n";

    private readonly ScorerServer _scorer = flowers.Scorer;

    [Fact]
    public async Task Predict_SameRowsInEachForm_AreAnsweredAlike()
    {
        const string csv = "\uFEFF" + Header
            + "north,1.5,red,2\r\n\"süd\", -3e2 ,\"\"\"a\"\", b\nc\",NA\r\n\r\nnorth,0,,\r\nelsewhere,+.5,blue,na";
        string[] rows =
        [
            """{"site":"north","height":1.5,"color":"red","größe":2}""",
            """{"site":"süd","height":-300,"color":"\"a\", b\nc"}""",
            """[0,null,"","north"]""",
            """{"site":"elsewhere","height":0.5,"color":"blue","größe":null}""",
        ];
        var json = await SendAsync("/models/flowers/predict", $"{{\"instances\":[{string.Join(',', rows)}]}}", "application/json");
        var expected = Answers(JsonNode.Parse(json.Body)!["predictions"]!.AsArray());

        foreach (var (body, type) in new[] { (csv, "text/csv"), (string.Join('\n', rows), "application/x-ndjson; charset=UTF-8"), (string.Join("\r\n", rows) + "\r\n", "application/jsonlines") })
        {
            var asJson = await SendAsync("/models/flowers/predict", body, type, "application/json");
            Assert.Equal(("application/json; charset=utf-8", 1), (asJson.ContentType, (int)JsonNode.Parse(asJson.Body)!["version"]!));
            Assert.Equal(expected, Answers(JsonNode.Parse(asJson.Body)!["predictions"]!.AsArray()));
            var asLines = await SendAsync("/models/flowers/predict", body, type, "application/x-ndjson");
            Assert.Equal(expected, Answers(Lines(asLines.Body)));
            Assert.All(Lines(asLines.Body), l => Assert.Equal("flowers", (string)l!["model"]!));
            var asCsv = await SendAsync("/models/flowers/predict", body, type, "application/json;q=0.1, text/*");
            Assert.Equal(expected, CsvAnswers(asCsv.Body));
        }

        var jsonAsCsv = await SendAsync("/models/flowers/predict", $"{{\"instances\":[{string.Join(',', rows)}]}}", "application/json", "text/csv");
        Assert.Equal(expected, CsvAnswers(jsonAsCsv.Body));
        Assert.Equal(HttpStatusCode.OK, json.Status);
    }

    [Fact]
    public async Task Predict_RegressionAsCsv_HasNoClasses()
    {
        var (_, body, _) = await SendAsync("/models/nan-size/predict", Header + "north,1,red,2\nnorth,1,red,\n", "text/csv");

        var lines = body.TrimEnd('\n').Split('\n');
        Assert.Equal("prediction,model,version,id", lines[0]);
        Assert.Matches(@"^-?[\d.]+,nan-size,1,[0-9a-f-]{36}$", lines[1]);
        Assert.Matches("^,nan-size,1,[0-9a-f-]{36}$", lines[2]); // The model gives NaN for a missing number.
    }

    [Fact]
    public async Task Predict_MoreRowsThanAPiece_IsOneRequestOfTheHistory()
    {
        const int count = 25_000; // More than a JSON request may have.
        var body = new StringBuilder(Iris);
        for (var row = 0; row < count; row++)
        {
            body.Append(CultureInfo.InvariantCulture, $"{row % 80 / 10.0},3.5,1.4,0.2\n");
        }

        var (status, answer, _) = await SendAsync("/predict", body.ToString(), "text/csv", "application/x-ndjson");
        await _scorer.WaitUntilStoredAsync();

        Assert.Equal(HttpStatusCode.OK, status);
        var ids = Lines(answer).Select(l => Guid.Parse((string)l!["id"]!)).ToList();
        await using var database = _scorer.OpenDatabase();
        var first = await database.Predictions.SingleAsync(p => p.Id == ids[0], TestContext.Current.CancellationToken);
        var request = await database.Requests.SingleAsync(r => r.Id == first.RequestId, TestContext.Current.CancellationToken);
        Assert.Equal((200, count, "iris", 1, null), (request.Status, request.Rows, request.Model, request.Version, request.Error));
        var stored = await database.Predictions.Where(p => p.RequestId == request.Id).OrderBy(p => p.Row)
            .Select(p => p.Id).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ids, stored);
        var lastId = ids[^1];
        var last = await database.Predictions.SingleAsync(p => p.Id == lastId, TestContext.Current.CancellationToken);
        Assert.Equal((count - 1, (count - 1) % 80 / 10f), (last.Row, (float)JsonNode.Parse(last.Features)!["sepal_length"]!));
    }

    [Fact]
    public async Task Predict_BadRowsInLines_HaveTheirErrorInTheirPlace()
    {
        const string body = """
            [5.1,3.5,1.4,0.2]
            [5.1,3.5]
            {"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":"0.2"}
            [5.1,3.5,1.4
            [6.1,3.5,1.4,0.2]
            "a text"
            [7.1,3.5,1.4,0.2] [1]
            """;
        var (status, answer, _) = await SendAsync("/predict", body, "application/x-ndjson");
        await _scorer.WaitUntilStoredAsync();

        Assert.Equal(HttpStatusCode.OK, status);
        var lines = Lines(answer);
        Assert.Equal([true, false, false, false, true, false, false], lines.Select(l => l!["id"] is not null));
        Assert.Contains("Row 2, column 'petal_width': expected a number", answer, StringComparison.Ordinal);
        foreach (var (place, column) in new[] { (1, null), (2, "petal_width"), (3, null), (5, null), (6, (string?)null) })
        {
            var error = lines[place]!["error"]!;
            Assert.Equal((400, place, place + 1, column), ((int)error["status"]!, (int)error["row"]!, (int)error["line"]!, (string?)error["column"]));
            Assert.False(string.IsNullOrEmpty((string)error["expected"]!) || string.IsNullOrEmpty((string)error["found"]!));
        }

        await using var database = _scorer.OpenDatabase();
        var id = Guid.Parse((string)lines[4]!["id"]!);
        var stored = await database.Predictions.SingleAsync(p => p.Id == id, TestContext.Current.CancellationToken);
        Assert.Equal(4, stored.Row);
        Assert.Equal(2, (await database.Requests.SingleAsync(r => r.Id == stored.RequestId, TestContext.Current.CancellationToken)).Rows);
    }

    [Theory]
    [InlineData("text/csv", "", 1, null, "nothing: the body is empty")]
    [InlineData("text/csv", Iris, null, null, "none")]
    [InlineData("text/csv", "5.1,3.5,1.4,0.2\n", 1, null, "'5.1', which the model does not have")]
    [InlineData("text/csv", "sepal_length,sepal_width,petal_length\n1,2,3\n", 1, null, "a header without it")]
    [InlineData("text/csv", "sepal_length,sepal_length,petal_length,petal_width\n1,2,3,4\n", 1, null, "'sepal_length' twice")]
    [InlineData("text/csv", "s\0e\0p\0,\0", 1, null, "bytes that are zero, as UTF-16 has them")]
    [InlineData("text/csv", Iris + "1,2,3,4\n1,2,3\n", 3, null, "3 fields")]
    [InlineData("text/csv", Iris + "1,2,3,4\n1,2,3,4,5\n", 3, null, "5 fields")]
    [InlineData("text/csv", Iris + "1,2,3,4\n\n1,\"2,5\",3,4\n", 4, "sepal_width", "the text \"2,5\"")]
    [InlineData("text/csv", Iris + "1,2,NaN,4\n", 2, "petal_length", "the text \"NaN\"")]
    [InlineData("text/csv", Iris + "1,2,3,1e39\n", 2, "petal_width", "the number 1e39")]
    [InlineData("text/csv", Iris + "1,2,NA,4\n", 2, "petal_length", "\"NA\" (missing)")]
    [InlineData("text/csv", Iris + "1,2,3\"4,5\n", 2, "petal_length", "a quote at another place, in '3\"4'")]
    [InlineData("application/x-ndjson", "\n\n", null, null, "none")]
    public async Task Predict_BadBody_IsRefusedWithItsPlace(string type, string body, int? line, string? column, string found)
    {
        var (status, answer, contentType) = await SendAsync("/predict", body, type, "application/json");

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (status, contentType));
        var problem = JsonNode.Parse(answer)!;
        Assert.Equal((line, column, found), ((int?)problem["line"], (string?)problem["column"], (string)problem["found"]!));
    }

    [Fact]
    public async Task Predict_BadRowOnceTheAnswerIsUnderWay_BreaksItOffVisibly()
    {
        var body = new StringBuilder(Iris);
        for (var row = 0; row < 3_000; row++)
        {
            body.Append("5.1,3.5,1.4,0.2\n");
        }

        body.Append("5.1,3.5,x,0.2\n");
        using var request = Request("/predict", body.ToString(), "text/csv", null);
        var before = TimeProvider.System.GetUtcNow();
        using var response = await _scorer.Client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        await _scorer.WaitUntilStoredAsync();
        await using var database = _scorer.OpenDatabase();
        var stored = await database.Requests.SingleAsync(r => r.Rows == 3_000 && r.Time > before, TestContext.Current.CancellationToken);
        Assert.Equal(400, stored.Status);
        Assert.Contains("Row 3000, column 'petal_length'", stored.Error, StringComparison.Ordinal);
        Assert.Equal(3_000, await database.Predictions.CountAsync(p => p.RequestId == stored.Id, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("application/xml", null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("text/csv; charset=utf-16", null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("text/csv", "image/png, text/html;q=0.5", HttpStatusCode.NotAcceptable)]
    [InlineData("text/csv", "text/csv;q=0, application/json;q=0", HttpStatusCode.NotAcceptable)]
    [InlineData("text/csv", "text/csv;q=0, */*", HttpStatusCode.OK)]
    [InlineData("text/csv", "application/*;q=0.2, image/png", HttpStatusCode.OK)]
    public async Task Predict_HeadersOfOtherForms_AreRefused(string type, string? accept, HttpStatusCode expected)
    {
        var (status, body, contentType) = await SendAsync("/predict", Iris + "1,2,3,4\n", type, accept);

        Assert.Equal(expected, status);
        if (status == HttpStatusCode.OK)
        {
            Assert.Equal("application/json; charset=utf-8", contentType);
        }
        else
        {
            Assert.Contains("text/csv", (string)JsonNode.Parse(body)!["expected"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Predict_RowsSentOneByOne_AreAnsweredOneByOne()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _scorer.Client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await SendRawAsync("POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        for (var row = 0; row < 3; row++)
        {
            await SendRawAsync("12\r\n[5.1,3.5,1.4,0.2]\n\r\n");
            string? line;
            do
            {
                line = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            }
            while (line?.StartsWith('{') == false);
            Assert.Equal("iris", (string)JsonNode.Parse(line!)!["model"]!);
        }

        // The client goes away half-way: what was answered stays, and the history says how it ended.
        client.Close();
        await Eventually.TrueAsync(
            () =>
            {
                using var database = _scorer.OpenDatabase();
                // Whichever of the two the server notices first: that the body broke off, or that the connection is gone.
                return database.Requests.Any(r => (r.Status == 400 || r.Status == 499) && r.Rows == 3 && r.Error != null);
            },
            "the request that broke off is in the history");

        async Task SendRawAsync(string text) =>
            await stream.WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("text/csv", Iris + "1,2,3,")]
    [InlineData("text/csv", Iris + "1,2,3,\"")]
    [InlineData("application/x-ndjson", "[")]
    public async Task Predict_ARowWithoutEnd_IsGivenUpAtTheBound(string type, string start)
    {
        var (status, body, _) = await SendAsync("/predict", start + new string('1', (1024 * 1024) + 1), type, "application/json");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains("Scorer:MaxRowBytes", (string)JsonNode.Parse(body)!["detail"]!, StringComparison.Ordinal);
    }

    private static JsonArray Lines(string body) =>
        new([.. body.TrimEnd('\n').Split('\n').Select(l => JsonNode.Parse(l))]);

    private static List<string> Answers(JsonArray answers) =>
        [.. answers.Select(a => $"{a!["prediction"]} {a["label"]} {string.Join(' ', a["probabilities"]!.AsObject().Select(p => $"{p.Key}={p.Value}"))}")];

    private static List<string> CsvAnswers(string body)
    {
        var lines = body.TrimEnd('\n').Split('\n').Select(l => l.Split(',')).ToList();
        Assert.Equal(
            ["prediction", "label", "probability_setosa", "probability_versicolor", "probability_virginica", "model", "version", "id"], lines[0]);
        return [.. lines.Skip(1).Select(l => $"{l[0]} {l[1]} setosa={l[2]} versicolor={l[3]} virginica={l[4]}")];
    }

    private static HttpRequestMessage Request(string path, string body, string type, string? accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative))
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } },
        };
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return request;
    }

    private async Task<(HttpStatusCode Status, string Body, string? ContentType)> SendAsync(string path, string body, string type, string? accept = null)
    {
        using var request = Request(path, body, type, accept);
        using var response = await _scorer.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (
            response.StatusCode,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Content.Headers.ContentType?.ToString());
    }
}
