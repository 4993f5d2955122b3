using System.Net;
using System.Net.Http.Json;
using Analytics.Testing;

namespace Analytics.EndToEnd.Tests;

/// <summary>A number to predict, all the way: uploaded, trained, served by the compiled forest, recorded, its outcome joined.</summary>
public sealed class RegressionTests(AppHostFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Diamonds_LabelPrice_IsTrainedServedAndRecordedAsANumber()
    {
        var app = await fixture.AppAsync();
        using (var content = new ByteArrayContent(await File.ReadAllBytesAsync(RepositoryFiles.Data("diamonds.csv"), Cancel)))
        {
            (await app.Trainer.PutAsync(new Uri("/datasets/prices?label=price", UriKind.Relative), content, Cancel)).EnsureSuccessStatusCode();
        }

        var run = await app.TrainAsync("prices", new { dataset = "prices", parameters = new { trees = 20 } });
        Assert.True(run.GetProperty("metrics").GetProperty("r2").GetDouble() > 0.97, run.ToString());
        var gate = run.GetProperty("gate");
        Assert.Equal("rmse", gate.GetProperty("metric").GetString());
        Assert.True(gate.GetProperty("candidate").GetDouble() < gate.GetProperty("baseline").GetDouble() / 5);
        await app.UntilServedAsync("prices", 1);

        var answer = await app.PredictAsync("/models/prices/predict", new
        {
            features = new Dictionary<string, object>
            {
                ["carat"] = 1.01,
                ["cut"] = "Ideal",
                ["color"] = "E",
                ["clarity"] = "VS2",
                ["depth"] = 61.5,
                ["table"] = 56,
                ["x"] = 6.45,
                ["y"] = 6.47,
                ["z"] = 3.97,
            },
        });
        var price = answer.GetProperty("prediction").GetDouble();
        Assert.InRange(price, 4_000, 10_000);
        Assert.False(answer.TryGetProperty("label", out _));
        Assert.Contains("compiled-forest", await app.Scorer.GetStringAsync("/models/prices", Cancel), StringComparison.Ordinal);

        var id = answer.GetProperty("id").GetGuid();
        using var feedback = await app.Scorer.PostAsJsonAsync("/feedback", new { predictionId = id, actual = 7000 }, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, feedback.StatusCode);
        await app.UntilCountAsync(
            1,
            "SELECT count(*) FROM outcomes WHERE id = $1 AND model = 'prices' AND label IS NULL AND actual_number = 7000 AND abs(prediction - $2) < 0.01",
            id,
            price);

        // The next version is measured against this one on the same rows, by the same metric.
        var worse = await app.TrainAsync("prices", new { dataset = "prices", algorithm = "linear" });
        Assert.False(worse.GetProperty("promoted").GetBoolean());
        Assert.Contains("not promoted: rmse", worse.GetProperty("gate").GetProperty("reason").GetString(), StringComparison.Ordinal);
    }
}
