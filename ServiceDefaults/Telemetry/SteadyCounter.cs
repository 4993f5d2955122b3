using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Analytics.ServiceDefaults.Telemetry;

/// <summary>
/// A counter that is told at each export, 0 before anything has happened: a counter that is told only once it has counted leaves an alarm without
/// data, and where only differences are kept the first ones are lost. For what happens seldom; any number of threads may count.
/// </summary>
public sealed class SteadyCounter
{
    private readonly string? _attribute;
    private readonly ConcurrentDictionary<string, StrongBox<long>> _counts = new(StringComparer.Ordinal);
    private readonly StrongBox<long> _count = new();

    /// <summary>A counter without attributes.</summary>
    public SteadyCounter(Meter meter, string name, string unit, string description)
    {
        ArgumentNullException.ThrowIfNull(meter);
        meter.CreateObservableCounter(name, () => Volatile.Read(ref _count.Value), unit, description);
    }

    /// <summary>A counter by an attribute, whose known values count from 0; another value counts from its first time on.</summary>
    public SteadyCounter(Meter meter, string name, string unit, string description, string attribute, params ReadOnlySpan<string> known)
    {
        ArgumentNullException.ThrowIfNull(meter);
        _attribute = attribute;
        foreach (var value in known)
        {
            _counts[value] = new StrongBox<long>();
        }

        meter.CreateObservableCounter(name, Observe, unit, description);
    }

    /// <summary>Counts for a counter without attributes.</summary>
    public void Add(long count = 1) => Interlocked.Add(ref _count.Value, count);

    /// <summary>Counts for the attribute's value.</summary>
    public void Add(long count, string value) => Interlocked.Add(ref _counts.GetOrAdd(value, static _ => new StrongBox<long>()).Value, count);

    private IEnumerable<Measurement<long>> Observe() =>
        _counts.Select(c => new Measurement<long>(Volatile.Read(ref c.Value.Value), new KeyValuePair<string, object?>(_attribute!, c.Key)));
}
