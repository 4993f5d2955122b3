using Analytics.Testing.Otlp;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Analytics.ServiceDefaults.Tests;

/// <summary>What every service sends, taken by a real receiver.</summary>
public sealed class TelemetryTests
{
    private const string Errors = "analytics.http.server.errors";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ServerErrors_BeforeAnyRequest_AreToldAsZero()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using (await StartAsync(receiver.Endpoint))
        {
            // Its stop sends what there is.
        }

        var point = Assert.Single(Assert.Single(receiver.Received.Metrics, m => m.Name == Errors).Points);
        Assert.Equal((0d, 0), (point.Value, point.Attributes.Count));
    }

    [Fact]
    public async Task ServerErrors_EachAnswerWith5xx_IsCountedAndHealthIsNot()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using (var service = await StartAsync(receiver.Endpoint, () => HealthCheckResult.Unhealthy("no model")))
        {
            foreach (var path in (string[])["/answer/500", "/answer/503", "/throw", "/answer/404", "/answer/200", "/health/ready"])
            {
                using var answer = await service.Client.GetAsync(path, Cancel);
            }
        }

        Assert.Equal(3, receiver.Received.Metrics.Where(m => m.Name == Errors).Max(m => m.Points.Single().Value));
        var routes = receiver.Received.Metrics.Last(m => m.Name == "http.server.request.duration").Points.Select(p => p.Attributes.GetValueOrDefault("http.route"));
        // The receiver, in this process too, is measured beside.
        Assert.Equal(["/answer/{status}", "/throw"], routes.Where(r => r is not string route || !route.StartsWith("/opentelemetry", StringComparison.Ordinal)).Distinct().Order());
        Assert.DoesNotContain(receiver.Received.Spans, s => s.Name.Contains("health", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Resource_Everything_SaysWhichServiceWhereAndWhichInstance()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using (var service = await StartAsync(receiver.Endpoint))
        {
            using var answer = await service.Client.GetAsync("/answer/200", Cancel);
        }

        var received = receiver.Received;
        IReadOnlyDictionary<string, object>[] resources =
            [.. received.Metrics.Select(m => m.Resource), .. received.Spans.Select(s => s.Resource), .. received.Logs.Select(l => l.Resource)];
        Assert.NotEmpty(received.Spans);
        Assert.NotEmpty(received.Logs);
        Assert.All(resources, resource =>
        {
            Assert.Equal("test-service", resource["service.name"]);
            Assert.Equal(ServiceVersion.Current, resource["service.version"]);
            Assert.Equal("Development", resource["deployment.environment.name"]);
            Assert.Equal(Environment.MachineName, resource["host.name"]);
            Assert.NotEqual("", resource["service.instance.id"]);
        });
        Assert.Single(resources.Select(r => r["service.instance.id"]).Distinct());
    }

    // The collector is no part of the service: without TelemetryStop each of these stops takes 10 s and more.
    [Theory]
    [InlineData("absent")]
    [InlineData("hung")]
    public async Task Stop_WithoutAWorkingCollector_IsNotHeldUp(string collector)
    {
        using var silent = new SilentServer();
        var service = await StartAsync(collector == "hung" ? silent.Endpoint : "http://127.0.0.1:9");
        using (await service.Client.GetAsync("/answer/200", Cancel))
        {
            var started = TimeProvider.System.GetTimestamp();
            await service.StopAsync();
            await service.DisposeAsync();
            Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(7));
        }

        Assert.Equal(collector == "hung", silent.Taken > 0);
    }

    private static Task<TestService> StartAsync(string endpoint, Func<HealthCheckResult>? ready = null) => TestService.StartAsync(
        "Development",
        new Dictionary<string, string?> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint },
        ready,
        "Test");
}
