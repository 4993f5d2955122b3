using System.Net;
using System.Net.Http.Json;
using System.Text;
using Analytics.Testing;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Analytics.EndToEnd.Tests;

/// <summary>The main job on the running application: train, publish, serve, swap, log. Each test has a model of its own.</summary>
public sealed class LoopTests(AppHostFixture fixture)
{
    private static readonly object Setosa = new { features = new[] { 5.1, 3.5, 1.4, 0.2 } };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_FirstTime_TheReadmesCallsAnswer()
    {
        var app = await fixture.AppAsync();

        var iris = await app.PredictAsync("/predict", Setosa);
        var penguin = await app.PredictAsync("/models/penguins/predict", new
        {
            features = new Dictionary<string, object?>
            {
                ["Sex"] = "MALE",
                ["Island"] = "Torgersen",
                ["Culmen Length (mm)"] = 39.1,
                ["Culmen Depth (mm)"] = 18.7,
                ["Flipper Length (mm)"] = 181,
                ["Body Mass (g)"] = null,
            },
        });

        Assert.Equal((0, "setosa", "iris"), (iris.GetProperty("prediction").GetInt32(), iris.GetProperty("label").GetString(), iris.GetProperty("model").GetString()));
        Assert.Equal("Adelie Penguin (Pygoscelis adeliae)", penguin.GetProperty("label").GetString());
        Assert.Equal("""{"status":"healthy"}""", await app.Scorer.GetStringAsync("/health", Cancel));
    }

    // serving#1086, machinelearning#5350: whatever is asked during the swap is answered, by one version or the other.
    [Fact]
    public async Task Retrain_UnderSteadyRequests_SwapsWithoutAFailureAndEveryAnswerIsStored()
    {
        var app = await fixture.AppAsync();
        await app.TrainAsync("iris-swap", new { dataset = "iris" });
        await app.UntilServedAsync("iris-swap", 1);

        await using var stream = new SteadyRequests(app.Scorer, "/models/iris-swap/predict", Setosa);
        await ApiCalls.UntilAsync(() => Task.FromResult(stream.Answered.Count > 200), () => "answers of version 1");
        var run = await app.TrainAsync("iris-swap", new { dataset = "iris", promote = "auto" });
        await app.UntilServedAsync("iris-swap", 2);
        var answered = stream.Answered.Count;
        await ApiCalls.UntilAsync(
            () => Task.FromResult(stream.Answered.Count > Math.Max(answered + 200, 1_000)), () => "answers of version 2");
        await stream.StopAsync();

        Assert.True(run.GetProperty("promoted").GetBoolean(), run.ToString());
        Assert.Empty(stream.Failures);
        Assert.Equal(stream.Sent, stream.Answered.Count);
        Assert.Equal([1, 2], stream.Answered.Values.Distinct().Order());
        // seldon-core#2109: sent = stored.
        await app.UntilCountAsync(
            stream.Sent, "SELECT count(*) FROM predictions WHERE model = 'iris-swap' AND id = ANY($1)", stream.Answered.Keys.ToArray());
        Assert.Equal(stream.Sent, await app.CountAsync("SELECT count(*) FROM predictions WHERE model = 'iris-swap'"));
        Assert.Equal(
            stream.Sent, await app.CountAsync("SELECT sum(rows)::bigint FROM requests WHERE model = 'iris-swap' AND status = 200"));
    }

    [Fact]
    public async Task RollBack_ByAlias_ServesTheOldVersionAndKeepsTheAuditTrail()
    {
        var app = await fixture.AppAsync();
        await app.TrainAsync("iris-back", new { dataset = "iris" });
        await app.TrainAsync("iris-back", new { dataset = "iris", promote = "force" });
        await app.UntilServedAsync("iris-back", 2);

        using var response = await app.Trainer.PutAsJsonAsync(
            "/models/iris-back/aliases/champion", new { version = 1, reason = "customers complain" }, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await app.UntilServedAsync("iris-back", 1);

        Assert.Equal(1, (await app.PredictAsync("/models/iris-back/predict", Setosa)).GetProperty("version").GetInt32());
        var trail = await app.Trainer.GetStringAsync("/models/iris-back/aliases/champion", Cancel);
        Assert.Contains("customers complain", trail, StringComparison.Ordinal);
        Assert.Contains("\"sequence\":3", trail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RetrainButton_WithArguments_MakesAVersion()
    {
        var app = await fixture.AppAsync();
        var arguments = new InteractionInputCollection([
            new() { Name = "model", InputType = InputType.Text, Value = "iris-button" },
            new() { Name = "dataset", InputType = InputType.Text, Value = "iris" },
            new() { Name = "promote", InputType = InputType.Text, Value = "auto" },
        ]);

        var result = await app.Service<ResourceCommandService>().ExecuteCommandAsync("trainer", "retrain", arguments, Cancel);

        Assert.True(result.Success, result.Message);
        await app.UntilServedAsync("iris-button", 1);
    }

    [Fact]
    public async Task Prediction_WithATrace_IsInTheHistoryUnderIt()
    {
        var app = await fixture.AppAsync();
        var trace = Guid.NewGuid().ToString("N");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/predict") { Content = JsonContent.Create(Setosa) };
        request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");

        using var response = await app.Scorer.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await app.UntilCountAsync(
            1, "SELECT count(*) FROM requests r JOIN predictions p ON p.request_id = r.id WHERE r.trace_id = $1 AND r.client = 'loopback'", trace);
    }

    [Fact]
    public async Task BadData_RunFails_TheChampionStays()
    {
        var app = await fixture.AppAsync();
        using var ragged = new StringContent("a,b,y\n1,2,x\n1,2,3,x\n", Encoding.UTF8, "text/csv");
        using var upload = await app.Trainer.PutAsync("/datasets/ragged?label=y", ragged, Cancel);
        var problem = await upload.Content.ReadAsStringAsync(Cancel);
        var run = await app.EndOfAsync(await app.QueueAsync("iris", new { dataset = "iris", label = "no_such_column" }));

        Assert.Equal(HttpStatusCode.BadRequest, upload.StatusCode);
        Assert.Contains("ine 3", problem, StringComparison.Ordinal);
        Assert.Equal("failed", run.GetProperty("state").GetString());
        Assert.Contains("no_such_column", run.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("iris", (await app.PredictAsync("/predict", Setosa)).GetProperty("model").GetString());
    }

    public static TheoryData<string, string, double> Files => new()
    {
        { "iris", "species", 0.9 },
        { "wine", "cultivar", 0.9 },
        { "breast_cancer", "diagnosis", 0.9 },
        { "digits", "digit", 0.94 },
        { "penguins_raw", "Species", 0.94 },
        { "soybean", "Class", 0.9 },
        { "satellite", "classes", 0.89 },
        { "letter", "lettr", 0.93 },
        { "shuttle", "Class", 0.998 },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Operator_AnySampleFile_UploadsTrainsAndSeesItsAccuracy(string file, string label, double floor)
    {
        var app = await fixture.AppAsync();
        var dataset = $"{file}_upload";
        await using var stream = File.OpenRead(RepositoryFiles.Data($"{file}.csv"));
        using var content = new StreamContent(stream) { Headers = { ContentType = new("text/csv") } };
        using var upload = await app.Trainer.PutAsync($"/datasets/{dataset}?label={label}", content, Cancel);
        Assert.True(upload.IsSuccessStatusCode, await upload.Content.ReadAsStringAsync(Cancel));

        var run = await app.TrainAsync($"{file.Replace('_', '-')}-upload", new { dataset });

        var accuracy = run.GetProperty("metrics").GetProperty("accuracy").GetDouble();
        TestContext.Current.TestOutputHelper?.WriteLine($"{file}: hold-out accuracy {accuracy:0.0000}");
        Assert.InRange(accuracy, floor, 1);
    }
}
