using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Analytics.EndToEnd.Tests;

/// <summary>What a newcomer sees after the first start.</summary>
public sealed class FirstStartTests(AppHostFixture fixture)
{
    [Fact]
    public async Task FirstStart_DashboardIsGreen_TheReadmesRequestIsAnswered()
    {
        var app = await fixture.AppAsync();

        using var response = await app.Scorer.PostAsJsonAsync(
            "/predict", new { features = new[] { 5.1, 3.5, 1.4, 0.2 } }, TestContext.Current.CancellationToken);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, answer.GetProperty("prediction").GetInt32());
        Assert.Equal("setosa", answer.GetProperty("label").GetString());
    }

    [Fact]
    public async Task FirstStart_Health_IsExactlyTheContracts()
    {
        var app = await fixture.AppAsync();

        Assert.Equal("""{"status":"healthy"}""", await app.Scorer.GetStringAsync("/health", TestContext.Current.CancellationToken));
        Assert.Equal("""{"status":"healthy"}""", await app.Trainer.GetStringAsync("/health", TestContext.Current.CancellationToken));
    }
}
