using System.Text.Json;
using System.Text.Json.Nodes;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing.Inference;
using Google.Protobuf;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Scorer.Api.Tests.Protocols;

/// <summary>Booleans and dates in every protocol: the same answers, the same faults, and in the history what was sent.</summary>
public sealed class DatesAndBooleansTests(ProtocolScorer protocols) : IClassFixture<ProtocolScorer>
{
    private static readonly TestModel Model = new(TestModel.Visits, 1);

    // In the signature's order; the offset is taken off, the absent time is missing.
    private static readonly (string Json, string Csv, object?[] Cells)[] Rows =
    [
        ("""[true,"2024-02-29","2024-02-29T23:30:00-02:00",1.5]""", "True,2024-02-29,2024-02-29T23:30:00-02:00,1.5", [true, "2024-02-29", "2024-03-01T01:30", 1.5f]),
        ("""[false,"2023-12-31T00:00:00Z",null,null]""", "false,2023-12-31T00:00:00Z,,", [false, "2023-12-31", null, null]),
        ("""[false,"1999-01-01","2024-01-05 07:08:09.123456",-2]""", "FALSE, 1999-01-01 ,2024-01-05 07:08:09.123456,-2", [false, "1999-01-01", "2024-01-05T07:08", -2f]),
    ];

    [Fact]
    public async Task Answers_EveryForm_AreTheModels()
    {
        var expected = Rows.Select(r => Model.Expected(r.Cells)).ToList();
        var instances = $"[{string.Join(',', Rows.Select(r => r.Json))}]";
        Same((await protocols.PredictAsync("visits", instances)).Select(Probabilities), "/predict");

        var csv = "returning,day,at,height\n" + string.Join('\n', Rows.Select(r => r.Csv));
        var lines = (await protocols.PostAsync("/models/visits/predict", csv, "text/csv", "application/x-ndjson")).Body.TrimEnd('\n').Split('\n');
        Same(lines.Select(l => Probabilities(JsonNode.Parse(l))), "CSV");

        var ndjson = string.Join('\n', Rows.Select(r => r.Json));
        lines = (await protocols.PostAsync("/models/visits/predict", ndjson, "application/x-ndjson")).Body.TrimEnd('\n').Split('\n');
        Same(lines.Select(l => Probabilities(JsonNode.Parse(l))), "NDJSON");

        var infer = await protocols.PostAsync("/v2/models/visits/infer", $"{{\"inputs\":[{Tensor(0, "BOOL")},{Tensor(1, "BYTES")},{Tensor(2, "BYTES")},{Tensor(3, "FP32")}]}}");
        Assert.True(infer.Status == 200, infer.Body);
        Same(infer.Json["outputs"]!.AsArray().Single(o => (string)o!["name"]! == "probabilities")!["data"]!.AsArray().Select(v => (float)v!).Chunk(3), "OIP over REST");

        foreach (var raw in (bool[])[false, true])
        {
            var answer = await protocols.Rpc.ModelInferAsync(Message(raw), cancellationToken: TestContext.Current.CancellationToken);
            var at = answer.Outputs.Select(o => o.Name).ToList().IndexOf("probabilities");
            var values = raw
                ? answer.RawOutputContents[at].Chunk(4).Select(b => BitConverter.ToSingle(b))
                : answer.Outputs[at].Contents.Fp32Contents;
            Same(values.Chunk(3), $"OIP over gRPC, raw: {raw}");
        }

        void Same(IEnumerable<float[]> found, string form)
        {
            var all = found.ToList();
            Assert.Equal(expected.Count, all.Count);
            for (var r = 0; r < all.Count; r++)
            {
                Assert.True(expected[r].Zip(all[r]).All(p => MathF.Abs(p.First - p.Second) < 1e-5f), $"{form}, row {r}: expected {string.Join(' ', expected[r])}, found {string.Join(' ', all[r])}");
            }
        }
    }

    // mlflow#5525: what is wrong in one form is as wrong in the other, in the same words.
    [Theory]
    [InlineData("returning", "\"yes\"", "yes", "a boolean (true or false)", "the text \"yes\"")]
    [InlineData("returning", "\"true\"", null, "a boolean (true or false)", "the text \"true\"")]
    [InlineData("returning", "1", null, "a boolean (true or false)", "the number 1")]
    [InlineData("returning", null, "1", "a boolean (true or false)", "the text \"1\"")]
    [InlineData("returning", "null", null, "a boolean, for the column is required", "null (missing)")]
    [InlineData("returning", null, "", "a boolean, for the column is required", "\"\" (missing)")]
    [InlineData("day", "\"2023-02-29\"", "2023-02-29", "a date (YYYY-MM-DD)", "the text \"2023-02-29\"")]
    [InlineData("day", "\"29.02.2024\"", "29.02.2024", "a date (YYYY-MM-DD)", "the text \"29.02.2024\"")]
    [InlineData("day", "\"2024-02-29T10:00\"", "2024-02-29T10:00", "a date (YYYY-MM-DD)", "the text \"2024-02-29T10:00\"")]
    [InlineData("day", "20240229", null, "a date (YYYY-MM-DD)", "the number 20240229")]
    [InlineData("day", null, "20240229", "a date (YYYY-MM-DD)", "the text \"20240229\"")]
    [InlineData("day", "true", "true", "a date (YYYY-MM-DD)", null)]
    [InlineData("day", "\"\"", "", "a date, for the column is required", "\"\" (missing)")]
    [InlineData("at", "\"2024-02-29T25:00\"", "2024-02-29T25:00", "a timestamp (ISO 8601, as 2026-01-31T12:30:00Z)", "the text \"2024-02-29T25:00\"")]
    [InlineData("at", "\"noon\"", "noon", "a timestamp (ISO 8601, as 2026-01-31T12:30:00Z)", "the text \"noon\"")]
    [InlineData("at", "1709251200", null, "a timestamp (ISO 8601, as 2026-01-31T12:30:00Z)", "the number 1709251200")]
    public async Task BadCell_JsonAndCsv_AreTheSameFault(string column, string? json, string? csv, string expected, string? found)
    {
        string[] names = ["returning", "day", "at", "height"];
        if (json is not null)
        {
            string[] cells = ["true", "\"2024-01-01\"", "null", "1"];
            cells[Array.IndexOf(names, column)] = json;
            Check(await protocols.PostAsync("/models/visits/predict", $"{{\"features\":[{string.Join(',', cells)}]}}"));
        }

        if (csv is not null)
        {
            string[] cells = ["true", "2024-01-01", "", "1"];
            cells[Array.IndexOf(names, column)] = csv;
            Check(await protocols.PostAsync("/models/visits/predict", $"{string.Join(',', names)}\n{string.Join(',', cells)}\n", "text/csv"));
        }

        void Check(ProtocolAnswer answer)
        {
            Assert.True(answer.Status is 400 or 422, answer.Body);
            Assert.Equal(column, (string?)answer.Json["column"]);
            Assert.Equal(expected, (string?)answer.Json["expected"]);
            Assert.True(found is null || (string?)answer.Json["found"] == found, answer.Body);
        }
    }

    [Theory]
    [InlineData("returning", "UINT8", "1,0,1", "the datatype BOOL")]
    [InlineData("returning", "BOOL", "1,0,1", "a boolean (true or false)")]
    [InlineData("returning", "BOOL", "\"true\",true,true", "a boolean (true or false)")]
    [InlineData("day", "FP32", "1,2,3", "the datatype BYTES")]
    [InlineData("day", "BYTES", "\"2024-01-01\",\"2024-01-32\",\"2024-01-01\"", "a date (YYYY-MM-DD)")]
    public async Task BadTensor_OfBooleansOrDates_SaysWhatItMayBe(string name, string datatype, string data, string expected)
    {
        var answer = await protocols.PostAsync("/v2/models/visits/infer", $"{{\"inputs\":[{{\"name\":\"{name}\",\"datatype\":\"{datatype}\",\"shape\":[3],\"data\":[{data}]}}]}}");
        Assert.Equal(400, answer.Status);
        Assert.Contains(expected, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_BooleansAndDates_AreBoolAndBytes()
    {
        var inputs = (await protocols.GetAsync("/v2/models/visits")).Json["inputs"]!.AsArray();
        Assert.Equal(["returning BOOL", "day BYTES", "at BYTES", "height FP32"], inputs.Select(i => $"{i!["name"]} {i["datatype"]}"));
    }

    [Fact]
    public async Task History_KeepsWhatWasSent()
    {
        var answer = await protocols.PostAsync("/models/visits/predict", $"{{\"instances\":[{Rows[0].Json},{Rows[1].Json}]}}");
        var request = await protocols.HistoryAsync(answer.TraceId);
        await using var database = protocols.Scorer.OpenDatabase();
        var stored = await database.Predictions.AsNoTracking().Where(p => p.RequestId == request.Id).OrderBy(p => p.Row).ToListAsync(TestContext.Current.CancellationToken);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"returning":true,"day":"2024-02-29","at":"2024-02-29T23:30:00-02:00","height":1.5}"""), JsonNode.Parse(stored[0].Features)), stored[0].Features);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"returning":false,"day":"2023-12-31T00:00:00Z","at":null,"height":null}"""), JsonNode.Parse(stored[1].Features)), stored[1].Features);
    }

    private static string Tensor(int column, string datatype)
    {
        var cells = Rows.Select(r => JsonDocument.Parse(r.Json).RootElement[column].GetRawText());
        return $"{{\"name\":\"{TestModel.Visits[column].Name}\",\"datatype\":\"{datatype}\",\"shape\":[3],\"data\":[{string.Join(',', cells)}]}}";
    }

    private static ModelInferRequest Message(bool raw)
    {
        var request = new ModelInferRequest { ModelName = "visits" };
        void Add(string name, string datatype, InferTensorContents contents, byte[] bytes)
        {
            var tensor = new ModelInferRequest.Types.InferInputTensor { Name = name, Datatype = datatype };
            tensor.Shape.Add(Rows.Length);
            request.Inputs.Add(tensor);
            if (raw)
            {
                request.RawInputContents.Add(ByteString.CopyFrom(bytes));
            }
            else
            {
                tensor.Contents = contents;
            }
        }

        bool[] flags = [.. Rows.Select(r => (bool)r.Cells[0]!)];
        Add("returning", "BOOL", new InferTensorContents { BoolContents = { flags } }, [.. flags.Select(f => f ? (byte)1 : (byte)0)]);
        foreach (var column in (int[])[1, 2])
        {
            byte[][] texts = [.. Rows.Select(r => ByteString.CopyFromUtf8(JsonDocument.Parse(r.Json).RootElement[column].GetString() ?? "").ToByteArray())];
            Add(
                TestModel.Visits[column].Name, "BYTES", new InferTensorContents { BytesContents = { texts.Select(t => ByteString.CopyFrom(t)) } },
                [.. texts.SelectMany(t => (byte[])[.. BitConverter.GetBytes(t.Length), .. t])]);
        }

        float[] heights = [.. Rows.Select(r => (float?)r.Cells[3] ?? float.NaN)];
        Add("height", "FP32", new InferTensorContents { Fp32Contents = { heights } }, [.. heights.SelectMany(BitConverter.GetBytes)]);
        return request;
    }

    private static float[] Probabilities(JsonNode? row) => [.. row!["probabilities"]!.AsObject().Select(p => (float)p.Value!)];
}
