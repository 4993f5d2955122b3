using System.Diagnostics.Metrics;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Scorer.Api.Tests.Telemetry;

/// <summary>What the scorer measures is what the page says.</summary>
public sealed class InstrumentsTests(PostgresServer postgres) : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestStore _store = new();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Instruments_All_AreThoseOfThePage()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9" });

        var instruments = PublishedInstruments.Of(scorer.Services.GetRequiredService<IMeterFactory>());

        Assert.Equal(
            TelemetryPage.Metrics.Values.Where(m => !m.Name.StartsWith("analytics.trainer.", StringComparison.Ordinal)).OrderBy(m => m.Name, StringComparer.Ordinal)
                .Select(m => (m.Name, m.Unit)),
            instruments.Select(i => (i.Name, i.Unit ?? "")));
        Assert.All(instruments, i => Assert.EndsWith(".", i.Description, StringComparison.Ordinal));
    }
}
