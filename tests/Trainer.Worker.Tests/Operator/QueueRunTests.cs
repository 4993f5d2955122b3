using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Analytics.Testing;

namespace Analytics.Trainer.Worker.Tests.Operator;

/// <summary><c>POST /models/{model}/runs</c>: what is taken, and what is refused with which sentence.</summary>
public sealed class QueueRunTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task QueueRun_KnownDataset_IsAcceptedWithItsLocation()
    {
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);

        using var response = await trainer.Client.PostAsJsonAsync(
            "/models/iris/runs",
            new { dataset = "iris", label = "species", exclude = new[] { "petal_width" }, algorithm = "lightgbm", promote = "never" },
            Cancel);

        var run = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal($"/runs/{run.GetProperty("id").GetString()}", response.Headers.Location!.OriginalString);
        Assert.Equal("queued", run.GetProperty("state").GetString());
        Assert.Equal("never", run.GetProperty("promote").GetString());
        Assert.Equal("loopback", run.GetProperty("requestedBy").GetString());
        Assert.Equal(run.ToString(), (await trainer.GetAsync(response.Headers.Location.OriginalString)).ToString());
    }

    [Fact]
    public async Task QueueRun_SameIdempotencyKey_IsTheSameRunAndAnotherRequestIsRefused()
    {
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);

        var first = await PostAsync(trainer, """{"dataset":"iris"}""", "key-1");
        var second = await PostAsync(trainer, """{"dataset":"iris"}""", "key-1");
        var other = await PostAsync(trainer, """{"dataset":"iris","promote":"force"}""", "key-1");
        const string said = """{"dataset":"iris","schema":{"text":["petal_width"],"missing":["-1"]},"split":{"by":"group","column":"petal_width"}}""";
        var third = await PostAsync(trainer, said, "key-2");
        var fourth = await PostAsync(trainer, said.Replace("-1", "-2", StringComparison.Ordinal), "key-2");
        Assert.Equal(third.Body.GetProperty("id").GetString(), (await PostAsync(trainer, said, "key-2")).Body.GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, fourth.Status);

        Assert.Equal(first.Body.GetProperty("id").GetString(), second.Body.GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.Accepted, second.Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.Status);
        Assert.Equal(2, (await trainer.GetAsync("/runs")).GetProperty("runs").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"dataset":"iris","algoritm":"lightgbm"}""", "'algoritm'")]
    [InlineData("""{"dataset":"nothing"}""", "no data set 'nothing'; there are 'iris'")]
    [InlineData("""{"dataset":"../iris"}""", "A data set name has")]
    [InlineData("{}", "'dataset' is missing; there are 'iris'")]
    [InlineData("""{"dataset":"iris","algorithm":"svm"}""", "no algorithm 'svm'; there are 'random-forest', 'lightgbm'")]
    [InlineData("""{"dataset":"iris","parameters":{"tres":5}}""", "no parameter 'tres'")]
    [InlineData("""{"dataset":"iris","promote":"yes"}""", "'promote' is one of auto, never, better, force; found 'yes'")]
    [InlineData("""{"dataset":5}""", "'dataset'")]
    [InlineData("""{"dataset":"iris","include":"species"}""", "'include'")]
    [InlineData("""{"dataset":"iris","exclude":[""]}""", "found an empty one")]
    [InlineData("""{"dataset":"iris","label":""}""", "'label' is empty")]
    [InlineData("""{"dataset":"iris","split":{"by":"week","column":"d"}}""", "'split.by' is hash, time or group; found 'week'")]
    [InlineData("""{"dataset":"iris","split":{"by":"time"}}""", "'split.column' is missing")]
    [InlineData("""{"dataset":"iris","split":{"by":"group","column":"g","share":0.9}}""", "'split.share' is a number from 0.05 to 0.5; found 0.9")]
    [InlineData("""{"dataset":"iris","split":"time"}""", "'split'")]
    [InlineData("""{"dataset":"iris","schema":{"numbers":["a"]}}""", "'schema' has no 'numbers'; expected label, include")]
    [InlineData("""{"dataset":"iris","schema":{"dateFormat":"dd.MM.yyyy"}}""", "'dateFormat' is made of %Y")]
    [InlineData("""{"dataset":"iris","schema":{"decimal":","},"thousands":"."}""", "Unknown member 'thousands'")]
    [InlineData("""{"dataset":"iris","schema":{"decimal":";"}}""", "'decimal' is one of the characters")]
    [InlineData("""{"dataset":"iris","schema":{"split":{"by":"hash","column":"g"}}}""", "'split.column' is for time and group")]
    [InlineData("""{"dataset":"iris",}""", "not valid JSON (line 1, byte 19)")]
    [InlineData("""["iris"]""", "must be a JSON object")]
    [InlineData("", "")]
    [InlineData("null", "")]
    public async Task QueueRun_BadBody_IsAProblemThatSaysWhat(string body, string detail)
    {
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);

        var (status, problem) = await PostAsync(trainer, body, null);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Analytics.", problem.ToString(), StringComparison.Ordinal);
        Assert.Empty((await trainer.GetAsync("/runs")).GetProperty("runs").EnumerateArray());
    }

    [Fact]
    public async Task QueueRun_BodyOverTheBound_Is413()
    {
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);

        var (status, _) = await PostAsync(trainer, $$"""{"dataset":"{{new string('a', 100_000)}}"}""", null);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
    }

    [Fact]
    public async Task QueueRun_NotJson_Is415()
    {
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);
        using var content = new StringContent("dataset=iris", Encoding.UTF8, "text/plain");

        using var response = await trainer.Client.PostAsync(new Uri("/models/iris/runs", UriKind.Relative), content, Cancel);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task QueueRun_BadModelName_Is400()
    {
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);

        var (status, problem) = await PostAsync(trainer, """{"dataset":"iris"}""", null, "Iris");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("found 'Iris'", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task QueueRun_QueueFull_Is429WithRetryAfter()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres, ("Trainer:MaxQueued", "1"));
        await trainer.UploadAsync("iris", "iris.csv", "label=species");
        await trainer.QueueAsync("iris", new { dataset = "iris" });

        using var response = await trainer.Client.PostAsJsonAsync("/models/iris/runs", new { dataset = "iris" }, Cancel);

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter!.Delta);
        Assert.Contains("Trainer:MaxQueued", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(
        TestTrainer trainer, string body, string? key, string model = "iris")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/models/{model}/runs")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var response = await trainer.Client.SendAsync(request, Cancel);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }
}
