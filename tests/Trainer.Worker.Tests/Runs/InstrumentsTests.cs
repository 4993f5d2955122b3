using System.Diagnostics.Metrics;
using Analytics.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Trainer.Worker.Tests.Runs;

/// <summary>What the trainer measures is what the page says.</summary>
public sealed class InstrumentsTests(PostgresServer postgres)
{
    [Fact]
    public async Task Instruments_All_AreThoseOfThePage()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres, null, ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"));

        var instruments = PublishedInstruments.Of(trainer.Services.GetRequiredService<IMeterFactory>());

        Assert.Equal(
            TelemetryPage.Metrics.Values.Where(m => !m.Name.StartsWith("analytics.scorer.", StringComparison.Ordinal)).OrderBy(m => m.Name, StringComparer.Ordinal)
                .Select(m => (m.Name, m.Unit)),
            instruments.Select(i => (i.Name, i.Unit ?? "")));
        Assert.All(instruments, i => Assert.EndsWith(".", i.Description, StringComparison.Ordinal));
    }
}
