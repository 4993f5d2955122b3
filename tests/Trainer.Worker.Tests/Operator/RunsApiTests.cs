using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Analytics.Testing;

namespace Analytics.Trainer.Worker.Tests.Operator;

public sealed class RunsApiTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task QueueRun_KnownDataset_IsAcceptedWithItsLocation()
    {
        await using var trainer = await StartAsync();

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
        await using var trainer = await StartAsync();

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
        await using var trainer = await StartAsync();

        var (status, problem) = await PostAsync(trainer, body, null);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Analytics.", problem.ToString(), StringComparison.Ordinal);
        Assert.Empty((await trainer.GetAsync("/runs")).GetProperty("runs").EnumerateArray());
    }

    [Fact]
    public async Task QueueRun_BodyOverTheBound_Is413()
    {
        await using var trainer = await StartAsync();

        var (status, _) = await PostAsync(trainer, $$"""{"dataset":"{{new string('a', 100_000)}}"}""", null);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
    }

    [Fact]
    public async Task QueueRun_NotJson_Is415()
    {
        await using var trainer = await StartAsync();
        using var content = new StringContent("dataset=iris", Encoding.UTF8, "text/plain");

        using var response = await trainer.Client.PostAsync(new Uri("/models/iris/runs", UriKind.Relative), content, Cancel);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task QueueRun_BadModelName_Is400()
    {
        await using var trainer = await StartAsync();

        var (status, problem) = await PostAsync(trainer, """{"dataset":"iris"}""", null, "Iris");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("found 'Iris'", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListRuns_ModelAndState_FilterNewestFirst()
    {
        await using var trainer = await StartAsync();
        var first = await trainer.QueueAsync("iris", new { dataset = "iris" });
        await trainer.QueueAsync("iris-2", new { dataset = "iris" });
        var last = await trainer.QueueAsync("iris", new { dataset = "iris" });
        using var cancelled = await trainer.Client.DeleteAsync(new Uri($"/runs/{first}", UriKind.Relative), Cancel);

        Assert.Equal([last, first], Ids(await trainer.GetAsync("/runs?model=iris")));
        Assert.Equal([first], Ids(await trainer.GetAsync("/runs?state=cancelled")));
        Assert.Equal([last], Ids(await trainer.GetAsync("/runs?limit=1")));
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

    [Fact]
    public async Task QueueRun_DuplicateOfAQueuedRun_IsMergedOrRefusedAsAsked()
    {
        await using var trainer = await StartAsync();
        var first = await trainer.QueueAsync("iris", new { dataset = "iris" });

        using var merged = await trainer.Client.PostAsJsonAsync("/models/iris/runs?duplicate=merge", new { dataset = "iris" }, Cancel);
        using var refused = await trainer.Client.PostAsJsonAsync("/models/iris/runs?duplicate=refuse", new { dataset = "iris" }, Cancel);
        using var unknown = await trainer.Client.PostAsJsonAsync("/models/iris/runs?duplicate=drop", new { dataset = "iris" }, Cancel);

        Assert.Equal(HttpStatusCode.Accepted, merged.StatusCode);
        Assert.Equal($"/runs/{first}", merged.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Equal(first, (await refused.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("run").GetGuid());
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        Assert.Contains("allow, merge, refuse", await unknown.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Single(Ids(await trainer.GetAsync("/runs")));
    }

    [Fact]
    public async Task ListRuns_PagesByWhoAndTime()
    {
        await using var trainer = await StartAsync();
        var ids = new List<Guid>();
        for (var i = 0; i < 3; i++)
        {
            ids.Insert(0, await trainer.QueueAsync("iris", new { dataset = "iris" }));
        }

        var first = await trainer.GetAsync("/runs?limit=2&by=loopback&since=2026-01-01");
        var last = await trainer.GetAsync($"/runs?limit=2&by=loopback&since=2026-01-01&after={first.GetProperty("next").GetString()}");

        Assert.Equal(ids, [.. Ids(first), .. Ids(last)]);
        Assert.Equal(JsonValueKind.Null, last.GetProperty("next").ValueKind);
        Assert.Empty(Ids(await trainer.GetAsync("/runs?by=ann")));
        Assert.Empty(Ids(await trainer.GetAsync("/runs?until=2026-01-01T00:00:00Z")));
    }

    [Fact]
    public async Task CompareRuns_ShowsWhatDiffers()
    {
        await using var trainer = await StartAsync();
        var a = await trainer.QueueAsync("iris", new { dataset = "iris", parameters = new { trees = 5 } });
        var b = await trainer.QueueAsync("iris", new { dataset = "iris", promote = "never", parameters = new { trees = 7 } });

        var comparison = await trainer.GetAsync($"/runs/comparison?a={a}&b={b}");

        var trees = Assert.Single(comparison.GetProperty("parameters").EnumerateArray());
        Assert.Equal(("trees", 5, 7), (trees.GetProperty("name").GetString(), trees.GetProperty("a").GetInt32(), trees.GetProperty("b").GetInt32()));
        Assert.Equal(
            ["promote"],
            comparison.GetProperty("settings").EnumerateArray().Where(s => s.GetProperty("differs").GetBoolean()).Select(s => s.GetProperty("name").GetString()!));
    }

    [Theory]
    [InlineData("/runs?since=yesterday", 400)]
    [InlineData("/runs?after=here", 400)]
    [InlineData("/runs/comparison?a=1&b=2", 400)]
    [InlineData("/runs/comparison?a=0198a6a5-0000-7000-8000-000000000000&b=0198a6a5-0000-7000-8000-000000000000", 404)]
    [InlineData("/models/Iris/schedule", 400)]
    [InlineData("/runs?state=done", 400)]
    [InlineData("/runs?limit=0", 400)]
    [InlineData("/runs?limit=many", 400)]
    [InlineData("/runs?model=A", 400)]
    [InlineData("/runs/0198a6a5-0000-7000-8000-000000000000", 404)]
    [InlineData("/runs/0198a6a5-0000-7000-8000-000000000000/events", 404)]
    [InlineData("/runs/17", 404)]
    [InlineData("/nowhere", 404)]
    public async Task Get_WhatIsNotThere_IsAProblem(string path, int status)
    {
        await using var trainer = await StartAsync();

        using var response = await trainer.Client.GetAsync(new Uri(path, UriKind.Relative), Cancel);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task CancelRun_Queued_EndsAtOnceThenConflicts()
    {
        await using var trainer = await StartAsync();
        var run = await trainer.QueueAsync("iris", new { dataset = "iris" });

        using var first = await trainer.Client.DeleteAsync(new Uri($"/runs/{run}", UriKind.Relative), Cancel);
        using var second = await trainer.Client.DeleteAsync(new Uri($"/runs/{run}", UriKind.Relative), Cancel);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal("cancelled", (await trainer.GetAsync($"/runs/{run}")).GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Contains("cancelled already", await second.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunEvents_ChangesUntilTheEnd_ThenTheStreamEnds()
    {
        await using var trainer = await StartAsync();
        var run = await trainer.QueueAsync("iris", new { dataset = "iris" });
        using var response = await trainer.Client.GetAsync(
            new Uri($"/runs/{run}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancel);

        var states = new List<string?>();
        await foreach (var item in TestTrainer.EventsAsync(response))
        {
            states.Add(item.GetProperty("state").GetString());
            if (states.Count == 1)
            {
                using var cancelled = await trainer.Client.DeleteAsync(new Uri($"/runs/{run}", UriKind.Relative), Cancel);
            }
        }

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(["queued", "cancelled"], states);
    }

    [Fact]
    public async Task Stop_WatchedRun_DoesNotWaitForTheWatcher()
    {
        var trainer = await StartAsync();
        var run = await trainer.QueueAsync("iris", new { dataset = "iris" });
        using var response = await trainer.Client.GetAsync(
            new Uri($"/runs/{run}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancel);
        await using var stream = await response.Content.ReadAsStreamAsync(Cancel);
        Assert.True(await stream.ReadAsync(new byte[1], Cancel) > 0);

        await trainer.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), Cancel);
    }

    [Fact]
    public async Task Database_Away_Is503WithRetryAfter()
    {
        await using var own = new PostgresServer();
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(own);
        await own.StopAsync();

        using var response = await trainer.Client.GetAsync(new Uri("/runs", UriKind.Relative), Cancel);
        using var health = await trainer.Client.GetAsync(new Uri("/health/live", UriKind.Relative), Cancel);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.DoesNotContain("   at ", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Theory]
    [InlineData("/openapi/v1.json", "QueueRun")]
    [InlineData("/scalar", "Scalar")]
    public async Task Description_IsThere(string path, string part)
    {
        await using var trainer = await StartAsync();

        var text = await trainer.Client.GetStringAsync(new Uri(path, UriKind.Relative), Cancel);

        Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Production_NoKey_Is401()
    {
        // SHA-256 of "secret".
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(
            postgres,
            ("environment", "Production"),
            ("ApiKeys:operate:0:Name", "ann"),
            ("ApiKeys:operate:0:Sha256", "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"));

        using var without = await trainer.Client.GetAsync(new Uri("/runs", UriKind.Relative), Cancel);
        using var description = await trainer.Client.GetAsync(new Uri("/openapi/v1.json", UriKind.Relative), Cancel);
        using var health = await trainer.Client.GetAsync(new Uri("/health", UriKind.Relative), Cancel);
        trainer.Client.DefaultRequestHeaders.Add("X-Api-Key", "secret");
        using var with = await trainer.Client.GetAsync(new Uri("/runs", UriKind.Relative), Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, description.StatusCode);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal(HttpStatusCode.OK, with.StatusCode);
    }

    private async Task<TestTrainer> StartAsync()
    {
        var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        await trainer.UploadAsync("iris", "iris.csv", "label=species");
        return trainer;
    }

    private static List<Guid> Ids(JsonElement list) =>
        [.. list.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("id").GetGuid())];

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
