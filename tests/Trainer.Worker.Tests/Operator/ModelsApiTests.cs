using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Analytics.Testing;
using Analytics.Trainer.Worker.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Trainer.Worker.Tests.Operator;

public sealed class ModelsApiTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetModels_VersionsAndAliases_AreShownNewestFirst()
    {
        await using var trainer = await StartAsync(versions: 11);
        await SetAsync(trainer, "champion", """{"version":10,"reason":"best"}""");

        var models = await trainer.GetAsync("/models");
        var model = await trainer.GetAsync("/models/iris?limit=3");
        var manifest = await trainer.GetAsync("/models/iris/versions/10");

        var summary = Assert.Single(models.GetProperty("models").EnumerateArray());
        Assert.Equal(("iris", 11, 10), (
            summary.GetProperty("name").GetString(), summary.GetProperty("newest").GetInt32(), summary.GetProperty("champion").GetInt32()));
        Assert.Equal([11, 10, 9], model.GetProperty("versions").EnumerateArray().Select(v => v.GetProperty("version").GetInt32()));
        Assert.Equal(11, model.GetProperty("versionCount").GetInt32());
        Assert.Equal(10, model.GetProperty("aliases").GetProperty("champion").GetProperty("version").GetInt32());
        Assert.Equal("classes", manifest.GetProperty("signature").GetProperty("output").GetProperty("kind").GetString());
    }

    [Fact]
    public async Task SetAlias_PromoteAndRollBack_KeepsWhoWhenAndWhy()
    {
        await using var trainer = await StartAsync(versions: 2);

        await SetAsync(trainer, "champion", """{"version":1,"reason":"first"}""");
        await SetAsync(trainer, "champion", """{"version":2,"reason":"better"}""");
        await SetAsync(trainer, "champion", """{"version":1,"reason":" roll back "}""");

        var alias = await trainer.GetAsync("/models/iris/aliases/champion");
        Assert.Equal(["roll back", "better", "first"], alias.GetProperty("history").EnumerateArray().Select(s => s.GetProperty("reason").GetString()));
        Assert.Equal("loopback", alias.GetProperty("current").GetProperty("setBy").GetString());
        Assert.Equal(3, alias.GetProperty("current").GetProperty("sequence").GetInt32());
    }

    [Theory]
    [InlineData("champion", """{"version":3,"reason":"r"}""", 404, "has no version 3; it has 2, the newest is 2")]
    [InlineData("champion", """{"version":1}""", 400, "'reason' is needed")]
    [InlineData("champion", """{"version":1,"reason":"  "}""", 400, "'reason' is needed")]
    [InlineData("champion", """{"reason":"r"}""", 400, "'version' is missing")]
    [InlineData("champion", """{"version":0,"reason":"r"}""", 400, "starts at 1")]
    [InlineData("champion", """{"version":"1","reason":"r"}""", 400, "'version'")]
    [InlineData("champion", """{"version":1,"reason":"r","why":"x"}""", 400, "'why'")]
    [InlineData("Champion", """{"version":1,"reason":"r"}""", 400, "An alias has")]
    public async Task SetAlias_NotPossible_IsAProblemAndNothingChanges(string alias, string body, int status, string detail)
    {
        await using var trainer = await StartAsync(versions: 2);

        var (found, problem) = await SetAsync(trainer, alias, body);

        Assert.Equal(status, (int)found);
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Null((await trainer.Registry.ReadAliasAsync("iris", "champion", null, Cancel)).Setting);
    }

    [Fact]
    public async Task SetAlias_IfMatchOfAnEarlierSetting_Is412WithTheCurrentOne()
    {
        await using var trainer = await StartAsync(versions: 2);
        await SetAsync(trainer, "champion", """{"version":1,"reason":"first"}""");
        using var read = await trainer.Client.GetAsync(new Uri("/models/iris/aliases/champion", UriKind.Relative), Cancel);
        var etag = read.Headers.ETag!.ToString();

        var (first, _) = await SetAsync(trainer, "champion", """{"version":2,"reason":"second"}""", etag);
        var (second, problem) = await SetAsync(trainer, "champion", """{"version":1,"reason":"third"}""", etag);

        Assert.Equal(HttpStatusCode.OK, first);
        Assert.Equal(HttpStatusCode.PreconditionFailed, second);
        Assert.Equal(2, problem.GetProperty("current").GetProperty("version").GetInt32());
        Assert.Equal(1, problem.GetProperty("wanted").GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task SetAlias_VersionOfARunThatFailed_Is404WithTheRunsSentence()
    {
        await using var trainer = await StartAsync(versions: 1);
        var queue = trainer.Services.GetRequiredService<RunQueue>();
        await queue.EnqueueAsync(new() { Model = "iris", Dataset = "iris", Algorithm = "random-forest", RequestedBy = "test" }, Cancel);
        var lease = (await queue.ClaimAsync("w", TimeSpan.FromMinutes(1), 3, Cancel))!;
        await queue.ReserveVersionAsync(lease, 1, Cancel);
        await queue.FailAsync(lease, "The data has no rows.", Cancel);

        var (status, problem) = await SetAsync(trainer, "champion", """{"version":2,"reason":"test"}""");

        Assert.Equal(HttpStatusCode.NotFound, status);
        var detail = problem.GetProperty("detail").GetString();
        Assert.Contains($"run {lease.RunId}, which has the number, is failed (The data has no rows.)", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SetAlias_ManyAtOnce_EachIsSetOrToldWhatIsThere()
    {
        await using var trainer = await StartAsync(versions: 2);

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
            SetAsync(trainer, "champion", $$"""{"version":{{1 + (i % 2)}},"reason":"{{i}}"}""")));

        var set = answers.Where(a => a.Status == HttpStatusCode.OK).ToList();
        Assert.All(answers.Except(set), a =>
        {
            Assert.Equal(HttpStatusCode.Conflict, a.Status);
            Assert.True(a.Body.GetProperty("current").GetProperty("version").GetInt32() is 1 or 2);
            Assert.True(a.Body.GetProperty("wanted").GetProperty("version").GetInt32() is 1 or 2);
        });
        var history = (await trainer.GetAsync("/models/iris/aliases/champion")).GetProperty("history");
        Assert.Equal(set.Count, history.GetArrayLength());
    }

    [Theory]
    [InlineData("/models/wine", 404)]
    [InlineData("/models/Wine", 400)]
    [InlineData("/models/iris?limit=0", 400)]
    [InlineData("/models/iris/versions/9", 404)]
    [InlineData("/models/iris/versions/0", 404)]
    [InlineData("/models/iris/versions/x", 404)]
    [InlineData("/models/wine/versions/1", 404)]
    [InlineData("/models/iris/aliases/champion", 404)]
    public async Task Get_WhatIsNotThere_IsAProblem(string path, int status)
    {
        await using var trainer = await StartAsync(versions: 1);

        using var response = await trainer.Client.GetAsync(new Uri(path, UriKind.Relative), Cancel);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task GetModel_DamagedManifest_Is503WithTheStoresSentence()
    {
        await using var trainer = await StartAsync(versions: 1);
        await trainer.Store.PutDocumentAsync(
            "models/iris/versions/00000002.json", "{"u8.ToArray(), Analytics.Registry.Store.PutCondition.None, Cancel);

        using var response = await trainer.Client.GetAsync(new Uri("/models/iris", UriKind.Relative), Cancel);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("00000002.json", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    private async Task<TestTrainer> StartAsync(int versions)
    {
        var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        for (var version = 1; version <= versions; version++)
        {
            await Manifests.CommitAsync(trainer.Registry, "iris", version, Guid.NewGuid());
        }

        return trainer;
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> SetAsync(
        TestTrainer trainer, string alias, string body, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/models/iris/aliases/{alias}")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        using var response = await trainer.Client.SendAsync(request, Cancel);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }
}
