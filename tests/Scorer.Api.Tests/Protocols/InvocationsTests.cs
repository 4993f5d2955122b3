using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Analytics.Scorer.Api.Tests.Protocols;

/// <summary>MLflow's scoring server and SageMaker's hosting, which share <c>/ping</c> and <c>/invocations</c>: a test for each statement.</summary>
public sealed class InvocationsTests(ProtocolScorer protocols) : IClassFixture<ProtocolScorer>
{
    private const string Header = "site,height,color,größe";
    private const string Rows = """[[1.5,3,"red","süd"],[2,null,null,"elsewhere"]]""";

    /// <summary>The two rows in MLflow's four forms.</summary>
    public static TheoryData<string> Forms =>
    [
        """{"dataframe_split":{"columns":["site","height","color","größe"],"data":[["süd",1.5,"red",3],["elsewhere",2,"",null]]}}""",
        """{"dataframe_split":{"index":[0,1],"data":[["süd",1.5,7,"red",3],["elsewhere",2,{"x":1},null,null]],"columns":["site","height","extra","color","größe"]}}""",
        """{"dataframe_records":[{"site":"süd","height":1.5,"color":"red","größe":3,"extra":[1]},{"site":"elsewhere","height":2}]}""",
        """{"instances":[{"site":"süd","height":1.5,"color":"red","größe":3},{"site":"elsewhere","height":2,"größe":null}]}""",
        """{"instances":[[1.5,3,"red","süd"],[2,null,null,"elsewhere"]]}""",
        """{"inputs":{"height":[1.5,2],"site":["süd","elsewhere"],"color":["red",""],"größe":[3,null],"extra":"x"}}""",
        """{"inputs":[[1.5,3,"red","süd"],[2,null,null,"elsewhere"]],"params":null,"signature_name":"x"}""",
    ];

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Invoke_EachJsonForm_GivesPredictions(string body)
    {
        var expected = await protocols.PredictAsync("flowers", Rows);

        var answer = await protocols.PostAsync("/invocations", body);

        Assert.Equal((200, "application/json"), (answer.Status, answer.MediaType));
        Assert.Equal(expected.Select(p => (string)p!["label"]!), answer.Json["predictions"]!.AsArray().Select(p => (string)p!));
        Assert.Equal("predictions", Assert.Single(answer.Json.AsObject()).Key);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Invoke_PredictProba_GivesProbabilities(string body)
    {
        var expected = await protocols.PredictAsync("flowers", Rows);

        var answer = await protocols.PostAsync("/invocations", WithMethod(body, "predict_proba"));

        Assert.Equal(
            expected.Select(p => p!["probabilities"]!.AsObject().Select(c => (float)c.Value!)),
            answer.Json["predictions"]!.AsArray().Select(p => p!.AsArray().Select(v => (float)v!)));
    }

    [Fact]
    public async Task Invoke_Records_GivesWhatPredictGives()
    {
        var expected = await protocols.PredictAsync("flowers", Rows);

        var answer = await protocols.PostAsync("/invocations", WithMethod("{\"instances\":" + Rows + "}", "records"));

        var records = answer.Json["predictions"]!.AsArray();
        Assert.Equal(expected.Select(p => p!["probabilities"]!.ToJsonString()), records.Select(p => p!["probabilities"]!.ToJsonString()));
        Assert.All(records, r => Guid.Parse((string)r!["id"]!));
    }

    [Fact]
    public async Task Invoke_IsInTheHistory()
    {
        var answer = await protocols.PostAsync("/invocations", "{\"instances\":" + Rows + "}");

        var request = await protocols.HistoryAsync(answer.TraceId);
        Assert.Equal(("/invocations", 200, 2, "flowers", 1), (request.Route, request.Status, request.Rows, request.Model, request.Version));
    }

    [Theory]
    [InlineData(Header + "\nsüd,1.5,red,3\nelsewhere,2,,\n")]
    [InlineData("\uFEFF" + Header + ",extra\r\nsüd,1.5,red,3,x\r\nelsewhere,2,,NA,\"y\"\r\n")]
    [InlineData("site,height,color\nsüd,1.5,red\nelsewhere,2,")]
    [InlineData("1.5,3,red,süd\n2,,,elsewhere\n")]
    [InlineData("\uFEFF1.5,3,red,süd\n2,NA,NA,elsewhere")]
    public async Task Invoke_Csv_WithAHeaderAsMlflowOrWithoutAsSageMaker(string body)
    {
        var full = !body.StartsWith("site,height,color\n", StringComparison.Ordinal);
        var expected = await protocols.PredictAsync("flowers", full ? Rows : Rows.Replace("1.5,3,", "1.5,null,", StringComparison.Ordinal));

        var answer = await protocols.PostAsync("/invocations", body, "text/csv");

        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(expected.Select(p => (string)p!["label"]!), answer.Json["predictions"]!.AsArray().Select(p => (string)p!));
    }

    [Theory]
    [InlineData("text/csv", "1.5,3,red,süd\n2,,,elsewhere\n")]
    [InlineData("application/json", "{\"instances\":" + Rows + "}")]
    [InlineData("application/jsonlines", "[1.5,3,\"red\",\"süd\"]\n{\"height\":2,\"site\":\"elsewhere\"}\n")]
    public async Task Invoke_AcceptChoosesTheAnswer(string contentType, string body)
    {
        var expected = await protocols.PredictAsync("flowers", Rows);

        var csv = await protocols.PostAsync("/invocations", body, contentType, "text/csv");
        var lines = await protocols.PostAsync("/invocations", body, contentType, "application/jsonlines");
        var json = await protocols.PostAsync("/invocations", body, contentType, "application/json");

        Assert.Equal(("text/csv", "application/jsonlines", "application/json"), (csv.MediaType, lines.MediaType, json.MediaType));
        Assert.Equal(
            expected.Select(p => $"{p!["label"]},{string.Join(',', p["probabilities"]!.AsObject().Select(c => ((float)c.Value!).ToString(CultureInfo.InvariantCulture)))}"),
            csv.Body.TrimEnd('\n').Split('\n'));
        Assert.Equal(expected.Select(p => (string)p!["label"]!), lines.Body.TrimEnd('\n').Split('\n').Select(l => (string)JsonNode.Parse(l)!["label"]!));
        Assert.Equal(expected.Select(p => (string)p!["label"]!), json.Json["predictions"]!.AsArray().Select(p => (string)p!));
    }

    [Fact]
    public async Task Invoke_HeadersOfSageMaker_AreIgnored()
    {
        var answer = await protocols.SendAsync(
            HttpMethod.Post, "/invocations", Encoding.UTF8.GetBytes("1.5,3,red,süd"), "text/csv", "application/json",
            r =>
            {
                r.Headers.Add("X-Amzn-SageMaker-Custom-Attributes", "trace=1");
                r.Headers.Add("X-Amzn-SageMaker-Target-Model", "other.tar.gz");
            });

        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task Version_IsBareText()
    {
        var answer = await protocols.GetAsync("/version");

        Assert.Equal((200, "text/plain"), (answer.Status, answer.MediaType));
        Assert.Matches(@"^\d+\.\d+", answer.Body);
    }

    [Fact]
    public async Task Health_Is200() => Assert.Equal(200, (await protocols.GetAsync("/health")).Status);

    // Of the required models one is not in the store.
    [Fact]
    public async Task Ping_NotReady_Is503()
    {
        var answer = await protocols.GetAsync("/ping");

        Assert.Equal((503, ""), (answer.Status, answer.Body));
    }

    public static TheoryData<string, string> Bodies => new()
    {
        { "", "The body: expected an object with exactly one of \"dataframe_split\", \"dataframe_records\", \"instances\" and \"inputs\", found nothing: the body is empty." },
        { "{", "Line 1, byte 2: expected valid JSON" },
        { "[]", "found an array" },
        { "{}", "found an object without them" },
        { """{"instances":[],"inputs":[]}""", "found more than one" },
        { """{"instances":[]}""", "expected at least one row, found none" },
        { """{"instances":7}""", "expected an array of rows, found a number" },
        { """{"instances":[7]}""", "Row 0: expected an array of values or an object by column name, found a number." },
        { """{"dataframe_records":[[1]]}""", "Row 0: expected an object by column name, found an array." },
        { """{"dataframe_records":[{"height":"secret","site":"north"}]}""", "Row 0, column 'height': expected a number, found a text." },
        { """{"dataframe_records":[{"height":1.5}]}""", "Row 0, column 'site': expected a text, for the column is required, found nothing: the column is absent." },
        { """{"dataframe_records":[{"height":1,"height":2,"site":"north"}]}""", "Row 0, column 'height': expected the column once, found it twice." },
        { """{"dataframe_records":[{"height":null,"site":"north"}]}""", "Row 0, column 'height': expected a number, for the column is required, found a missing value." },
        { """{"dataframe_records":[{"height":1e99,"site":"north"}]}""", "Row 0, column 'height': expected a number within float32's range (±3.4028235e38), found a number." },
        { """{"dataframe_records":[{"height":true,"site":"north"}]}""", "Row 0, column 'height': expected a number, found true." },
        { """{"dataframe_records":[{"height":1,"site":7}]}""", "Row 0, column 'site': expected a text, found a number." },
        { """{"dataframe_split":{"columns":["height"],"data":[[1]]}}""", "expected a text, for the column is required" },
        { """{"dataframe_split":{"columns":["height","height","site"],"data":[[1,1,"north"]]}}""", "expected the column once" },
        { """{"dataframe_split":{"columns":["height","site"],"data":[[1]]}}""", "Row 0: expected 2 values, as \"columns\" has names, found 1." },
        { """{"dataframe_split":{"columns":["height","site"]}}""", "expected an object with \"columns\" and \"data\"" },
        { """{"dataframe_split":{"data":[[1]]}}""", "expected an object with \"columns\" and \"data\"" },
        { """{"inputs":{"height":[1,2],"site":["north"]}}""", "expected 2 values, as the columns before, found 1." },
        { """{"inputs":{"height":[1],"site":["north","süd"]}}""", "expected 1 value, as the columns before, found 2." },
        { """{"inputs":{"height":[1]}}""", "expected a text, for the column is required" },
        { """{"instances":[{"height":1,"site":"north"}],"params":7}""", "expected an object, found a number" },
        { """{"instances":[{"height":1,"site":"north"}],"params":{"predict_method":"secret"}}""", "expected \"predict_method\" predict, predict_proba or records, found a text." },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Invoke_BadBody_SaysWhatAndWhereButNotTheData(string body, string message)
    {
        var answer = await protocols.PostAsync("/invocations", body);

        Assert.Equal((400, "application/json"), (answer.Status, answer.MediaType));
        Assert.Equal(["error_code", "message"], answer.Json.AsObject().Select(m => m.Key));
        Assert.Equal("BAD_REQUEST", (string)answer.Json["error_code"]!);
        Assert.Contains(message, (string)answer.Json["message"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", answer.Body, StringComparison.Ordinal);
        Assert.Equal(400, (await protocols.HistoryAsync(answer.TraceId)).Status);
    }

    [Theory]
    [InlineData("", "expected at least one row")]
    [InlineData("1.5,3,red\n", "Row 0: expected 4 fields, found 3 fields.")]
    [InlineData("secret,3,red,süd\n", "Row 0, column 'height': expected a number, found a text.")]
    [InlineData(Header + "\nnorth,secret,red,3\n", "Row 0, column 'height': expected a number, found a text.")]
    [InlineData(Header + "\n", "expected at least one row")]
    [InlineData("height,größe,color\n1,2,red\n", "Row 0, column 'height': expected a number, found a text.")]
    [InlineData("1.5,3,\"red,süd\n", "Row 0, column 'color': expected double quotes around the whole field")]
    public async Task Invoke_BadCsv_SaysWhatAndWhereButNotTheData(string body, string message)
    {
        var answer = await protocols.PostAsync("/invocations", body, "text/csv");

        Assert.Equal((400, "BAD_REQUEST"), (answer.Status, (string)answer.Json["error_code"]!));
        Assert.Contains(message, (string)answer.Json["message"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json; charset=iso-8859-1", null, 415)]
    [InlineData("application/xml", null, 415)]
    [InlineData(null, null, 415)]
    [InlineData("application/json", "image/png", 406)]
    public async Task Invoke_OtherMediaType_IsRefused(string? contentType, string? accept, int status)
    {
        var answer = await protocols.PostAsync("/invocations", "{\"instances\":" + Rows + "}", contentType, accept);

        Assert.Equal((status, "BAD_REQUEST"), (answer.Status, (string)answer.Json["error_code"]!));
        Assert.Equal(status, (await protocols.HistoryAsync(answer.TraceId)).Status);
    }

    // The signature knows numbers, all float32: 1.0 and 1 are one, and 1.5 is no loss.
    [Fact]
    public async Task Invoke_WholeNumberAsDecimal_IsTheSame()
    {
        var whole = await protocols.PostAsync("/invocations", WithMethod("""{"instances":[[1,3,"red","süd"]]}""", "predict_proba"));
        var point = await protocols.PostAsync("/invocations", WithMethod("""{"instances":[[1.0,3e0,"red","süd"]]}""", "predict_proba"));

        Assert.Equal(whole.Body, point.Body);
    }

    [Fact]
    public async Task Invoke_BadLineOfManyInLines_HasItsErrorInItsPlace()
    {
        var answer = await protocols.PostAsync(
            "/invocations", "[1.5,3,\"red\",\"süd\"]\n[\"secret\",3,\"red\",\"süd\"]\n[2,3,\"red\",\"süd\"]\n", "application/jsonlines", "application/jsonlines");

        var lines = answer.Body.TrimEnd('\n').Split('\n').Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal([true, false, true], lines.Select(l => l["label"] is not null));
        Assert.Equal((1, "height"), ((int)lines[1]["error"]!["row"]!, (string)lines[1]["error"]!["column"]!));
        Assert.DoesNotContain("secret", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_ManyRowsOfCsv_AreAnsweredInPieces()
    {
        const int count = 5_000; // More than a JSON request may have here.
        var body = string.Concat(Enumerable.Range(0, count).Select(i => $"{i % 10},3,red,süd\n"));

        var answer = await protocols.PostAsync("/invocations", body, "text/csv", "text/csv");

        Assert.Equal(count, answer.Body.TrimEnd('\n').Split('\n').Length);
        Assert.Equal(count, (await protocols.HistoryAsync(answer.TraceId)).Rows);
    }

    [Fact]
    public async Task Invoke_RowOverTheBound_Is413()
    {
        var answer = await protocols.PostAsync("/invocations", new string('1', 150_000) + ",3,red,süd\n", "text/csv");

        Assert.Equal((413, "BAD_REQUEST"), (answer.Status, (string)answer.Json["error_code"]!));
        Assert.Contains("at most 100000 bytes", (string)answer.Json["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", 405)]
    [InlineData("PUT", 405)]
    public async Task Invoke_OtherMethod_IsAnErrorOfTheProtocol(string method, int status)
    {
        var answer = await protocols.SendAsync(new HttpMethod(method), "/invocations", null, null);

        Assert.Equal((status, "BAD_REQUEST"), (answer.Status, (string)answer.Json["error_code"]!));
    }

    [Fact]
    public async Task Invoke_WrongKey_IsAnErrorOfTheProtocol()
    {
        var answer = await protocols.SendAsync(
            HttpMethod.Post, "/invocations", "{}"u8.ToArray(), "application/json", change: r => r.Headers.Add("X-Api-Key", "wrong"));

        Assert.Equal((401, "UNAUTHENTICATED"), (answer.Status, (string)answer.Json["error_code"]!));
    }

    private static string WithMethod(string body, string method)
    {
        var document = JsonNode.Parse(body)!.AsObject();
        document["params"] = new JsonObject { ["predict_method"] = method };
        return document.ToJsonString();
    }
}
