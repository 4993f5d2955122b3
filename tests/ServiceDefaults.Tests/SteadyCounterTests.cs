using System.Diagnostics.Metrics;
using Analytics.ServiceDefaults.Telemetry;

namespace Analytics.ServiceDefaults.Tests;

public sealed class SteadyCounterTests : IDisposable
{
    private readonly Meter _meter = new($"test-{Guid.NewGuid():N}");
    private readonly List<string> _told = [];
    private readonly MeterListener _listener = new();

    public SteadyCounterTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == _meter)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            _told.Add(tags.Length == 0 ? $"{value}" : $"{tags[0].Key}={tags[0].Value}: {value}"));
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counter_BeforeAnythingHappened_IsToldAsZero()
    {
        var counter = new SteadyCounter(_meter, "plain", "{thing}", "");

        Assert.Equal(["0"], Tell());
        counter.Add();
        counter.Add(2);
        Assert.Equal(["3"], Tell());
    }

    [Fact]
    public void CounterByAttribute_KnownValues_AreToldAsZeroAndOthersOnceCounted()
    {
        var counter = new SteadyCounter(_meter, "by", "{thing}", "", "reason", "full", "late");

        Assert.Equal(["reason=full: 0", "reason=late: 0"], Tell());
        counter.Add(5, "late");
        counter.Add(1, "new");
        Assert.Equal(["reason=full: 0", "reason=late: 5", "reason=new: 1"], Tell());
    }

    private List<string> Tell()
    {
        _told.Clear();
        _listener.RecordObservableInstruments();
        return [.. _told.Order(StringComparer.Ordinal)];
    }
}
