using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Testing.Inference;
using Analytics.Trainer.Worker.Data;
using Grpc.Net.Client;

namespace Analytics.EndToEnd.Tests.Protocols;

/// <summary>
/// The same rows of every file through every protocol and form, some of their cells missing, unseen or on a threshold: bit for bit the
/// same answers. mlflow#5525
/// </summary>
public sealed class IdenticalAnswersTests
{
    private const int Rows = 200;
    private const int Trees = 5;

    [Theory]
    [InlineData("iris", "species")]
    [InlineData("wine", "cultivar")]
    [InlineData("breast_cancer", "diagnosis")]
    [InlineData("digits", "digit")]
    [InlineData("penguins_raw", "Species")]
    [InlineData("soybean", "Class")]
    [InlineData("satellite", "classes")]
    [InlineData("letter", "lettr")]
    [InlineData("shuttle", "Class")]
    [InlineData("diamonds", "cut")]
    [InlineData("diamonds", "price", TargetKind.Number)]
    [InlineData("digits", "digit", TargetKind.Number)]
    public async Task Answers_SameRowsInEveryForm_AreTheSame(string file, string label, TargetKind target = TargetKind.Classes)
    {
        var model = file.Replace('_', '-');
        var grown = await GrownForest.GrowAsync(file, label, Trees, threads: 2, target);
        await using var hosted = await HostedModel.StartAsync(model, grown);
        var forms = new RowForms(grown.HardRows(Rows, seed: 2));
        var expected = Records(JsonNode.Parse(await PostAsync(hosted, "/predict", Member("instances", forms.ByPosition())))!["predictions"]!);
        Assert.Equal(Rows, expected.Count);

        void Same(IReadOnlyList<Answer> found, string form) => Assert.True(expected.SequenceEqual(found), $"{form}: {First(expected, found)}");

        Same(Records(JsonNode.Parse(await PostAsync(hosted, "/predict", Member("instances", forms.ByName())))!["predictions"]!), "by name");
        Same(Records(Lines(await PostAsync(hosted, "/predict", forms.Csv(header: true), "text/csv", "application/x-ndjson"))), "CSV");
        Same(Records(Lines(await PostAsync(hosted, "/predict", forms.Lines(), "application/x-ndjson"))), "NDJSON");

        var infer = $"/v2/models/{model}/infer";
        Same(Tensors(await PostAsync(hosted, infer, Member("inputs", forms.Tensors()))), "OIP over REST");
        if (forms.AllNumbers)
        {
            Same(Tensors(await PostAsync(hosted, infer, Member("inputs", forms.Matrix()))), "OIP, a matrix");
        }

        using var channel = GrpcChannel.ForAddress(hosted.RpcAddress, new GrpcChannelOptions { MaxReceiveMessageSize = null });
        var rpc = new GRPCInferenceService.GRPCInferenceServiceClient(channel);
        foreach (var raw in (bool[])[false, true])
        {
            Same(Tensors(await rpc.ModelInferAsync(forms.Message(model, raw), cancellationToken: TestContext.Current.CancellationToken)), $"OIP over gRPC, raw: {raw}");
        }

        foreach (var (form, rows) in new (string, JsonNode)[]
        {
            ("dataframe_split", forms.Split()), ("dataframe_records", forms.ByName()), ("instances", forms.ByPosition()), ("inputs", forms.ByColumn()),
        })
        {
            Same(Records(JsonNode.Parse(await PostAsync(hosted, "/invocations", Member(form, rows, "records")))!["predictions"]!), form);
            Assert.Equal(
                expected.Select(e => e.Label ?? e.Prediction),
                JsonNode.Parse(await PostAsync(hosted, "/invocations", Member(form, rows.DeepClone())))!["predictions"]!.AsArray()
                    .Select(p => target == TargetKind.Classes ? (string)p! : Bits((float)p!)));
        }

        foreach (var header in (bool[])[false, true])
        {
            Same(Records(Lines(await PostAsync(hosted, "/invocations", forms.Csv(header), "text/csv", "application/jsonlines"))), $"CSV for SageMaker, header: {header}");
        }
    }

    private static string Member(string name, JsonNode value, string? method = null)
    {
        var body = new JsonObject { [name] = value };
        if (method is not null)
        {
            body["params"] = new JsonObject { ["predict_method"] = method };
        }

        return body.ToJsonString();
    }

    private static async Task<string> PostAsync(HostedModel hosted, string path, string body, string contentType = "application/json", string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, contentType) };
        if (accept is not null)
        {
            request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        }

        using var response = await hosted.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {answer}");
        return answer;
    }

    private static JsonArray Lines(string text) => new([.. text.TrimEnd('\n').Split('\n').Select(l => JsonNode.Parse(l))]);

    private static List<Answer> Records(JsonNode records) => [.. records.AsArray().Select(r => r!["label"] is { } label
        ? new Answer(Text((int)r["prediction"]!), (string)label!, Bits(r["probabilities"]!.AsObject().Select(p => (float)p.Value!)))
        : new Answer(Bits((float)r["prediction"]!), null, ""))];

    private static List<Answer> Tensors(string answer)
    {
        var data = JsonNode.Parse(answer)!["outputs"]!.AsArray().ToDictionary(o => (string)o!["name"]!, o => o!["data"]!.AsArray());
        return data.TryGetValue("label", out var labels)
            ? Zip([.. data["prediction"].Select(v => (long)v!)], [.. labels.Select(v => (string)v!)], [.. data["probabilities"].Select(v => (float)v!)])
            : Numbers(data["prediction"].Select(v => (float)v!));
    }

    private static List<Answer> Tensors(ModelInferResponse answer)
    {
        var isNumber = answer.Outputs[0].Datatype == "FP32";
        if (answer.RawOutputContents.Count == 0)
        {
            return isNumber
                ? Numbers(answer.Outputs[0].Contents.Fp32Contents)
                : Zip(
                    [.. answer.Outputs[0].Contents.Int64Contents],
                    [.. answer.Outputs[1].Contents.BytesContents.Select(b => b.ToStringUtf8())],
                    [.. answer.Outputs[2].Contents.Fp32Contents]);
        }

        if (isNumber)
        {
            return Numbers(MemoryMarshal.Cast<byte, float>(answer.RawOutputContents[0].Span).ToArray());
        }

        var labels = new List<string>();
        for (var rest = answer.RawOutputContents[1].Span; !rest.IsEmpty;)
        {
            var length = BitConverter.ToInt32(rest);
            labels.Add(Encoding.UTF8.GetString(rest.Slice(4, length)));
            rest = rest[(4 + length)..];
        }

        return Zip(
            MemoryMarshal.Cast<byte, long>(answer.RawOutputContents[0].Span).ToArray(),
            labels,
            MemoryMarshal.Cast<byte, float>(answer.RawOutputContents[2].Span).ToArray());
    }

    private static List<Answer> Numbers(IEnumerable<float> numbers) => [.. numbers.Select(n => new Answer(Bits(n), null, ""))];

    private static List<Answer> Zip(long[] indexes, IReadOnlyList<string> labels, float[] probabilities)
    {
        var width = probabilities.Length / indexes.Length;
        return [.. indexes.Select((index, r) => new Answer(Text(index), labels[r], Bits(probabilities.Skip(r * width).Take(width))))];
    }

    private static string Text(long index) => index.ToString(CultureInfo.InvariantCulture);

    private static string Bits(float value) => BitConverter.SingleToInt32Bits(value).ToString("x8", CultureInfo.InvariantCulture);

    private static string Bits(IEnumerable<float> values) => string.Join(' ', values.Select(Bits));

    private static string First(IReadOnlyList<Answer> expected, IReadOnlyList<Answer> found)
    {
        var row = Enumerable.Range(0, Math.Min(expected.Count, found.Count)).FirstOrDefault(r => expected[r] != found[r], -1);
        return row < 0 ? $"{expected.Count} and {found.Count} answers" : $"row {row}: {expected[row]} and {found[row]}";
    }

    /// <summary>An answer to a row: a class's index, its label and the probabilities as their bits, or a number as its bits alone.</summary>
    private sealed record Answer(string Prediction, string? Label, string Probabilities);
}
