using System.Net;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Analytics.ServiceDefaults.Tests;

public sealed class HealthTests
{
    [Fact]
    public async Task Health_KeysConfigured_IsOpenAndAnswersTheSeedsBody()
    {
        await using var service = await TestService.StartAsync("Development", new Dictionary<string, string?>());

        Assert.Equal("""{"status":"healthy"}""", await service.Client.GetStringAsync("/health", TestContext.Current.CancellationToken));
        Assert.Equal("""{"status":"healthy"}""", await service.Client.GetStringAsync("/health/live", TestContext.Current.CancellationToken));
        Assert.Equal("""{"status":"healthy"}""", await service.Client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken));
    }

    // HealthChecks#1611: liveness depends on nothing that a check looks at; kserve#2775: readiness says no until a model answers.
    [Fact]
    public async Task Health_NotReady_LivenessStaysAndReadinessSaysWhy()
    {
        await using var service = await TestService.StartAsync(
            "Development", new Dictionary<string, string?>(), () => HealthCheckResult.Unhealthy("iris has no version yet"));

        using var live = await service.Client.GetAsync("/health/live", TestContext.Current.CancellationToken);
        using var ready = await service.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(
            """{"status":"unhealthy","reasons":{"model":"iris has no version yet"}}""",
            await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
