using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Scorer.Api.Predictions;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Tests.Predictions;

public sealed class InputLoggingTests(PostgresServer postgres) : IDisposable
{
    private const string Key = "0123456789abcdef0123456789abcdef";
    private const string Flower = """{"features":{"height":-0.0,"größe":null,"color":"red","site":"süd"}}""";

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Inputs_Hashed_AreKeyedHashesThatAnybodyWithTheKeyCanRecompute()
    {
        await using var scorer = await StartAsync(new() { ["History:Inputs"] = "Hashed", ["History:HashKey"] = Key });
        await scorer.PostAsync("/models/flowers/predict", Flower);
        await scorer.PostAsync("/predict", """{"features":[5.1,3.5,1.4,0.2]}""");

        var flower = await FeaturesAsync(scorer, "flowers");
        Assert.Equal(["color", "größe", "height", "site"], flower.Select(f => f.Key).Order(StringComparer.Ordinal));
        Assert.Equal(Hash("flowers\0color\0red"), (string?)flower["color"]);
        Assert.Equal(Hash("flowers\0site\0süd"), (string?)flower["site"]);
        Assert.Equal(Hash("flowers\0height\00"), (string?)flower["height"]);
        Assert.Null(flower["größe"]);
        Assert.Equal(Hash("iris\0sepal_length\05.1"), (string?)(await FeaturesAsync(scorer, "iris"))["sepal_length"]);
    }

    [Fact]
    public async Task Inputs_ByModel_WinOverTheDefault()
    {
        await using var scorer = await StartAsync(new() { ["History:Inputs"] = "Omitted", ["History:InputsByModel:iris"] = "Logged" });
        var (status, body, _) = await scorer.PostAsync("/models/flowers/predict", Flower);
        await scorer.PostAsync("/predict", """{"features":[5.1,3.5,1.4,0.2]}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Empty(await FeaturesAsync(scorer, "flowers"));
        Assert.Equal(5.1f, (float)(await FeaturesAsync(scorer, "iris"))["sepal_length"]!);
        // The answer is kept whole: it is not an input.
        await using var database = scorer.OpenDatabase();
        var stored = await database.Predictions.SingleAsync(p => p.Model == "flowers", Cancel);
        Assert.Equal((string)body["label"]!, stored.Label);
    }

    // What is wrong with a request is told to the caller, and its inputs stay out of the history.
    [Theory]
    [InlineData("""{"features":{"height":"secret","site":"süd"}}""")]
    [InlineData("""{"features":{"height":1,"secret":2,"site":"süd"}}""")]
    [InlineData("""{"secret":1}""")]
    [InlineData("""{"features":"secret"}""")]
    [InlineData("""{"features":secret}""")]
    public async Task Inputs_Omitted_ARefusedRequestLeavesNoneInTheHistory(string body)
    {
        await using var scorer = await StartAsync(new() { ["History:InputsByModel:flowers"] = "Omitted" });
        var (status, problem, _) = await scorer.PostAsync("/models/flowers/predict", body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        await using var database = scorer.OpenDatabase();
        // A refused request is recorded after its answer.
        await Eventually.TrueAsync(() => database.Requests.AnyAsync(Cancel), "the request is stored");
        var stored = await database.Requests.SingleAsync(Cancel);
        Assert.Equal((400, "flowers"), (stored.Status, stored.Model));
        Assert.DoesNotContain("secret", stored.Error, StringComparison.Ordinal);
        Assert.NotEqual((string)problem["detail"]!, stored.Error);
        Assert.Contains("expected", stored.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("History:Inputs", "Hashed", null, "openssl rand -hex 32")]
    [InlineData("History:InputsByModel:iris", "Hashed", "tooshort", "found 8 characters")]
    [InlineData("History:InputsByModel:Iris!", "Omitted", null, "History:InputsByModel")]
    [InlineData("History:Inputs", "Secret", null, "History:Inputs")]
    [InlineData("History:Inputs", "17", null, "expected Logged, Hashed or Omitted")]
    public void Options_ThatWouldNotProtect_StopTheStart(string setting, string value, string? key, string says)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration[setting] = value;
        builder.Configuration["History:HashKey"] = key;
        builder.Services.AddInputRecorder();
        using var host = builder.Build();

        var error = Assert.ThrowsAny<Exception>(host.Services.GetRequiredService<IStartupValidator>().Validate);

        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    private static string Hash(string text) =>
        $"hmac-sha256:{Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), Encoding.UTF8.GetBytes(text)))}";

    private static async Task<JsonObject> FeaturesAsync(ScorerServer scorer, string model)
    {
        await scorer.WaitUntilStoredAsync();
        await using var database = scorer.OpenDatabase();
        var stored = await database.Predictions.SingleAsync(p => p.Model == model, Cancel);
        return JsonNode.Parse(stored.Features)!.AsObject();
    }

    private async Task<ScorerServer> StartAsync(Dictionary<string, string?> settings)
    {
        await _store.PublishAsync("flowers", 1, TestModel.Flowers);
        var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, settings);
        await scorer.WaitForAsync("flowers", 1);
        return scorer;
    }
}
