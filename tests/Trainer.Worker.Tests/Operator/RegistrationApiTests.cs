using System.Net;
using System.Text;
using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Analytics.Trainer.Worker.Training.Onnx;
using Google.Protobuf;
using Onnx;

namespace Analytics.Trainer.Worker.Tests.Operator;

public sealed class RegistrationApiTests(PostgresServer postgres)
{
    private const string Signature = """
        {"inputs":[{"name":"a","type":"number","required":true},{"name":"b","type":"number","required":true}],
         "output":{"name":"y","kind":"number"}}
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Register_GraphFromElsewhere_IsAVersionWithItsGoldenRows()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var (status, body) = await RegisterAsync(trainer, Sum(), Signature, golden: """{"rows":[[1,2],[0.5,-3]],"outputs":[[3],[-2.5]]}""");

        Assert.True(status == HttpStatusCode.Created, body.ToString());
        Assert.Equal((1, false), (body.GetProperty("version").GetInt32(), body.GetProperty("promoted").GetBoolean()));
        var manifest = await trainer.Registry.FindManifestAsync("elsewhere", 1, Cancel);
        Assert.Equal("registered", manifest!.Algorithm);
        Assert.Equal([FileRole.Golden, FileRole.Model], manifest.Files.Select(f => f.Role).Order());
    }

    [Fact]
    public async Task Register_WithLabelledRows_IsGatedAndPromoted()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var csv = "a,b,y\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"{i},{i * 7 % 13},{i + (i * 7 % 13)}\n"));
        using (var content = new StringContent(csv, Encoding.UTF8, "text/csv"))
        {
            (await trainer.Client.PutAsync(new Uri("/datasets/sums?label=y", UriKind.Relative), content, Cancel)).EnsureSuccessStatusCode();
        }

        var (status, body) = await RegisterAsync(trainer, Sum(), Signature, dataset: "sums");
        Assert.True(status == HttpStatusCode.Created, body.ToString());
        Assert.True(body.GetProperty("promoted").GetBoolean(), body.ToString());
        Assert.Equal("rmse", body.GetProperty("manifest").GetProperty("gate").GetProperty("metric").GetString());
        var setting = (await trainer.Registry.ReadAliasAsync("elsewhere", AliasName.Champion, null, Cancel)).Setting;
        Assert.Equal(1, setting!.Version);
    }

    // As skl2onnx writes a random forest (without ZipMap): one float input of all columns, labels and probabilities.
    [Fact]
    public async Task Register_ScikitLearnsForest_IsAVersionThatAnswers()
    {
        const string signature = """
            {"inputs":[{"name":"a","type":"number","required":true},{"name":"b","type":"number","required":false}],
             "output":{"name":"y","kind":"classes","classes":["no","yes"]}}
            """;
        var forest = new ConvertedForest(2, "BRANCH_LEQ", "NONE") { TextLabels = ["no", "yes"] };
        forest.Stump(0, 0.5f, false, [(0, 0.5f)], [(1, 0.5f)]).Stump(1, 2f, true, [(0, 0.25f), (1, 0.25f)], [(1, 0.5f)]);
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);

        var (status, body) = await RegisterAsync(
            trainer, forest.Graph(), signature, golden: """{"rows":[[0,1],[1,3],[1,null]],"outputs":[[0.75,0.25],[0,1],[0.25,0.75]]}""");

        Assert.True(status == HttpStatusCode.Created, body.ToString());
        var manifest = await trainer.Registry.FindManifestAsync("elsewhere", 1, Cancel);
        Assert.Equal(["no", "yes"], manifest!.Signature.Output.Classes!);
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "garbage", "is not an ONNX file" },
        { "unknown domain", "has the operator 'Gelu' of the domain 'com.microsoft'" },
        { "external data", "lies in another file; a model is one file" },
        { "old opset", "uses version 3 of 'ai.onnx'; versions 7 to 23 are served" },
        { "other inputs", "The graph has no input 'b'" },
        { "golden", "does not give its golden rows' outputs. Golden row 0, output 0: expected 4, found 3" },
        { "signature", "The signature cannot be used: the signature has two columns named 'a'" },
        { "no signature", "The part 'signature' is missing" },
        { "no data set", "Data set 'nowhere' is not in the store" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Register_BadModel_IsRefusedWithTheReasonAndChangesNothing(string kind, string expected)
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var (status, body) = kind switch
        {
            "garbage" => await RegisterAsync(trainer, [1, 2, 3, 200, 201], Signature),
            "unknown domain" => await RegisterAsync(trainer, Changed(m => (m.Graph.Node[0].OpType, m.Graph.Node[0].Domain) = ("Gelu", "com.microsoft")), Signature),
            "external data" => await RegisterAsync(trainer, Changed(m => m.Graph.Initializer.Add(External())), Signature),
            "old opset" => await RegisterAsync(trainer, Changed(m => m.OpsetImport[0].Version = 3), Signature),
            "other inputs" => await RegisterAsync(trainer, Sum("other"), Signature),
            "golden" => await RegisterAsync(trainer, Sum(), Signature, golden: """{"rows":[[1,2]],"outputs":[[4]]}"""),
            "signature" => await RegisterAsync(trainer, Sum(), Signature.Replace("\"b\"", "\"a\"", StringComparison.Ordinal)),
            "no signature" => await RegisterAsync(trainer, Sum(), null),
            _ => await RegisterAsync(trainer, Sum(), Signature, dataset: "nowhere"),
        };

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(expected, body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(await trainer.Registry.ListVersionsAsync("elsewhere", Cancel).ToListAsync(Cancel));
    }

    // A graph of a few bytes that asks for terabytes: its process ends, the trainer does not.
    [Fact]
    public async Task Register_GraphThatTakesAllMemory_LeavesTheTrainerAlive()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres, ("Trainer:MaxMemory", "600000000"));
        var graph = new OnnxGraph();
        graph.AddInput("a", text: false);
        graph.AddInput("b", text: false);
        graph.Reserve("value");
        var huge = graph.AddNode("ConstantOfShape", [graph.AddConstant("shape", [1L << 20, 1L << 22])]);
        var none = graph.AddNode("ReduceMax", [huge], new AttributeProto { Name = "keepdims", Type = AttributeProto.Types.AttributeType.Int, I = 0 });
        graph.AddNode("Add", ["a", none], "value");
        graph.AddOutput("value", 1);

        var (status, _) = await RegisterAsync(trainer, graph.ToBytes(), Signature);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(HttpStatusCode.OK, (await trainer.Client.GetAsync(new Uri("/models", UriKind.Relative), Cancel)).StatusCode);
    }

    private static byte[] Sum(string second = "b")
    {
        var graph = new OnnxGraph();
        graph.AddInput("a", text: false);
        graph.AddInput(second, text: false);
        graph.Reserve("value");
        graph.AddNode("Add", ["a", second], "value");
        graph.AddOutput("value", 1);
        return graph.ToBytes();
    }

    private static byte[] Changed(Action<ModelProto> change)
    {
        var model = ModelProto.Parser.ParseFrom(Sum());
        change(model);
        return model.ToByteArray();
    }

    private static TensorProto External()
    {
        var tensor = new TensorProto { Name = "weights", DataType = 1, DataLocation = TensorProto.Types.DataLocation.External };
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "/etc/passwd" });
        return tensor;
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> RegisterAsync(
        TestTrainer trainer, byte[] model, string? signature, string? golden = null, string? dataset = null)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(model), "model", "model.onnx" } };
        foreach (var (name, value) in new[] { ("signature", signature), ("golden", golden), ("dataset", dataset) })
        {
            if (value is not null)
            {
                form.Add(new StringContent(value), name);
            }
        }

        using var response = await trainer.Client.PostAsync(new Uri("/models/elsewhere/versions", UriKind.Relative), form, Cancel);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).RootElement);
    }
}
