using System.Diagnostics.Metrics;

namespace Analytics.Testing;

/// <summary>The instruments that a host in this process has made.</summary>
public static class PublishedInstruments
{
    /// <summary>Those of the product, by name.</summary>
    /// <param name="meters">The host's own factory.</param>
    public static IReadOnlyList<Instrument> Of(IMeterFactory meters)
    {
        var found = new List<Instrument>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Scope == meters && instrument.Meter.Name.StartsWith("Analytics.", StringComparison.Ordinal))
            {
                found.Add(instrument);
            }
        };
        listener.Start();
        return [.. found.OrderBy(i => i.Name, StringComparer.Ordinal)];
    }
}
