using System.Globalization;
using System.Net;
using Analytics.Scorer.Api.Overload;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Tests.Overload;

public sealed class AdmissionTests(PostgresServer postgres) : IDisposable
{
    private const string Row = """{"features":[5.1,3.5,1.4,0.2]}""";

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();
    private readonly HeldJournal.Door _door = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Burst_OverLimitAndQueue_RefusesTheRestAtOnceAndServesTheOthers()
    {
        await using var scorer = await StartHeldAsync(new() { ["Scorer:MaxConcurrency"] = "2", ["Scorer:MaxQueue"] = "3" });

        var sent = Enumerable.Range(0, 20).Select(_ => scorer.PostAsync("/predict", Row)).ToList();
        await Eventually.TrueAsync(() => sent.Count(t => t.IsCompleted) == 15, "the rest is refused while the first are still worked on");
        await Eventually.TrueAsync(() => _door.Waiting == 2, "two are worked on");
        // Health and what is served are asked in the middle of it.
        Assert.Equal("""{"status":"healthy"}""", await scorer.Client.GetStringAsync(new Uri("/health/ready", UriKind.Relative), Cancel));
        await scorer.Client.GetStringAsync(new Uri("/models", UriKind.Relative), Cancel);
        _door.Open();
        var answers = await Task.WhenAll(sent);

        Assert.Equal(5, answers.Count(a => a.Status == HttpStatusCode.OK));
        var refused = answers.Where(a => a.Status != HttpStatusCode.OK).ToList();
        Assert.All(refused, a => Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "1", "application/problem+json"),
            (a.Status, a.Response.Headers.RetryAfter!.ToString(), a.Response.Content.Headers.ContentType!.MediaType)));
        Assert.All(refused, a => Assert.Contains("Scorer:MaxQueue", (string)a.Body["detail"]!, StringComparison.Ordinal));
        await using var database = scorer.OpenDatabase();
        // A refused request is recorded after its answer.
        await Eventually.TrueAsync(async () => await database.Requests.CountAsync(Cancel) == 20, "all are stored");
        Assert.Equal(15, await database.Requests.CountAsync(r => r.Status == 503 && r.Client == "loopback" && r.Error!.Contains("MaxQueue"), Cancel));
        Assert.Equal(5, await database.Requests.CountAsync(r => r.Status == 200, Cancel));
        // And the places are free again.
        Assert.Equal(HttpStatusCode.OK, (await scorer.PostAsync("/predict", Row)).Status);
    }

    [Fact]
    public async Task Queue_TurnDoesNotComeInTime_Is503AndNothingIsScored()
    {
        await using var scorer = await StartHeldAsync(
            new() { ["Scorer:MaxConcurrency"] = "1", ["Scorer:MaxQueue"] = "100", ["Scorer:RequestTimeout"] = "00:00:00.200" });
        var first = scorer.PostAsync("/predict", Row);
        await Eventually.TrueAsync(() => _door.Waiting == 1, "one is worked on");

        var late = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => scorer.PostAsync("/predict", Row)));

        Assert.All(late, a => Assert.Equal((HttpStatusCode.ServiceUnavailable, "2"), (a.Status, a.Response.Headers.RetryAfter!.ToString())));
        _door.Open();
        // Not cut off: it had its place before the time was up.
        Assert.Equal(HttpStatusCode.OK, (await first).Status);
        await scorer.WaitUntilStoredAsync();
        await using var database = scorer.OpenDatabase();
        Assert.Equal(1, await database.Predictions.CountAsync(Cancel));
    }

    [Fact]
    public async Task Queue_ClientGone_GivesItsTurnUp()
    {
        await using var scorer = await StartHeldAsync(new() { ["Scorer:MaxConcurrency"] = "1", ["Scorer:MaxQueue"] = "1" });
        var first = scorer.PostAsync("/predict", Row);
        await Eventually.TrueAsync(() => _door.Waiting == 1, "one is worked on");
        using (var gone = await RawConnection.OpenAsync(scorer))
        {
            await gone.SendHeadAsync(Row.Length);
            await gone.SendAsync(Row);
            await Eventually.TrueAsync(
                async () => (await scorer.PostAsync("/predict", Row)).Status == HttpStatusCode.ServiceUnavailable, "the queue is full");
        }

        // With the client's turn free, one more may wait: it is the only one that is not refused at once.
        Task<(HttpStatusCode Status, System.Text.Json.Nodes.JsonObject Body, HttpResponseMessage Response)> waiting;
        do
        {
            waiting = scorer.PostAsync("/predict", Row);
            await Task.WhenAny(waiting, Task.Delay(200, Cancel));
        }
        while (waiting.IsCompleted);
        _door.Open();
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), ((await first).Status, (await waiting).Status));
    }

    // A slow client costs a connection, not the others' turn.
    [Fact]
    public async Task SlowBody_HoldsNoPlaceAndIs408()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(
            postgres, _store, _folder, new() { ["Scorer:MaxConcurrency"] = "1", ["Scorer:MaxQueue"] = "0", ["Scorer:RequestTimeout"] = "00:00:00.500" });
        var slow = new List<RawConnection>();
        for (var i = 0; i < 10; i++)
        {
            var connection = await RawConnection.OpenAsync(scorer);
            slow.Add(connection);
            await connection.SendHeadAsync(Row.Length);
            await connection.SendAsync(Row[..10]);
        }

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await scorer.PostAsync("/predict", Row)).Status);
        }

        foreach (var connection in slow)
        {
            var answer = await connection.ReadAnswerAsync();
            Assert.StartsWith("HTTP/1.1 408 Request Timeout\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("Scorer:RequestTimeout", answer, StringComparison.Ordinal);
            connection.Dispose();
        }

        await using var database = scorer.OpenDatabase();
        await Eventually.TrueAsync(async () => await database.Requests.CountAsync(r => r.Status == 408, Cancel) == 10, "the refused are stored");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task SlowBody_ThatComesInTime_IsAnswered(int piece)
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        using var connection = await RawConnection.OpenAsync(scorer);
        await connection.SendAsync("POST /predict HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (var part in Row.Chunk(piece))
        {
            await connection.SendAsync($"{part.Length:x}\r\n{new string(part)}\r\n");
        }

        await connection.SendAsync("0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await connection.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RateLimit_OneClientOverIt_Is429AndTheOthersAreServed()
    {
        var settings = new Dictionary<string, string?> { ["Scorer:RateLimit"] = "1", ["Scorer:RateBurst"] = "5" };
        foreach (var (name, index) in (ReadOnlySpan<(string, int)>)[("shop", 0), ("bank", 1)])
        {
            settings[$"ApiKeys:predict:{index}:Name"] = name;
            settings[$"ApiKeys:predict:{index}:Sha256"] =
                Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)));
        }

        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, settings);
        scorer.Client.DefaultRequestHeaders.Add("X-Api-Key", "shop");
        var answers = new List<(HttpStatusCode Status, System.Text.Json.Nodes.JsonObject Body, HttpResponseMessage Response)>();
        do
        {
            answers.Add(await scorer.PostAsync("/predict", Row));
        }
        while (answers[^1].Status == HttpStatusCode.OK);

        Assert.InRange(answers.Count, 6, 100);
        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1].Status);
        Assert.InRange(int.Parse(answers[^1].Response.Headers.RetryAfter!.ToString(), CultureInfo.InvariantCulture), 1, 2);
        Assert.Contains("'shop'", (string)answers[^1].Body["detail"]!, StringComparison.Ordinal);
        Assert.Equal("healthy", (string)System.Text.Json.Nodes.JsonNode.Parse(
            await scorer.Client.GetStringAsync(new Uri("/health", UriKind.Relative), Cancel))!["status"]!);
        scorer.Client.DefaultRequestHeaders.Remove("X-Api-Key");
        scorer.Client.DefaultRequestHeaders.Add("X-Api-Key", "bank");
        Assert.Equal(HttpStatusCode.OK, (await scorer.PostAsync("/predict", Row)).Status);
        // A stranger hears of the key, not of the limit.
        scorer.Client.DefaultRequestHeaders.Remove("X-Api-Key");
        scorer.Client.DefaultRequestHeaders.Add("X-Api-Key", "nobody");
        Assert.Equal(HttpStatusCode.Unauthorized, (await scorer.PostAsync("/predict", Row)).Status);
        await using var database = scorer.OpenDatabase();
        await Eventually.TrueAsync(() => database.Requests.AnyAsync(r => r.Status == 429 && r.Client == "shop", Cancel), "the refused is stored");
    }

    [Fact]
    public void Options_NoTimeLeftForTheJournal_StopTheStart()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["Scorer:StopDelay"] = "00:00:20";
        builder.Configuration["Scorer:StopTimeout"] = "00:00:30";
        builder.AddOverload();
        var error = Assert.Throws<OptionsValidationException>(() =>
        {
            using var host = builder.Build();
            host.Services.GetRequiredService<IStartupValidator>().Validate();
        });

        Assert.Contains("at most half of Scorer:StopTimeout", error.Message, StringComparison.Ordinal);
    }

    private Task<ScorerServer> StartHeldAsync(Dictionary<string, string?> settings) =>
        ScorerServer.StartWithIrisAsync(postgres, _store, _folder, settings, services => HeldJournal.Hold(services, _door));
}
