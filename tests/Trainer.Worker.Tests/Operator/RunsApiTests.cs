using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Analytics.Testing;

namespace Analytics.Trainer.Worker.Tests.Operator;

public sealed class RunsApiTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ListRuns_ModelAndState_FilterNewestFirst()
    {
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);
        var first = await trainer.QueueAsync("iris", new { dataset = "iris" });
        await trainer.QueueAsync("iris-2", new { dataset = "iris" });
        var last = await trainer.QueueAsync("iris", new { dataset = "iris" });
        using var cancelled = await trainer.Client.DeleteAsync(new Uri($"/runs/{first}", UriKind.Relative), Cancel);

        Assert.Equal([last, first], Ids(await trainer.GetAsync("/runs?model=iris")));
        Assert.Equal([first], Ids(await trainer.GetAsync("/runs?state=cancelled")));
        Assert.Equal([last], Ids(await trainer.GetAsync("/runs?limit=1")));
    }

    [Fact]
    public async Task QueueRun_DuplicateOfAQueuedRun_IsMergedOrRefusedAsAsked()
    {
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);
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
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);
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
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);
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
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);

        using var response = await trainer.Client.GetAsync(new Uri(path, UriKind.Relative), Cancel);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task CancelRun_Queued_EndsAtOnceThenConflicts()
    {
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);
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
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);
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
        var trainer = await TestTrainer.StartWithIrisAsync(postgres);
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
        await using var trainer = await TestTrainer.StartWithIrisAsync(postgres);

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

    private static List<Guid> Ids(JsonElement list) =>
        [.. list.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("id").GetGuid())];
}
