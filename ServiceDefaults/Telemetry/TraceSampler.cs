using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Analytics.ServiceDefaults.Telemetry;

/// <summary>
/// Decides which traces are kept. Those whose root is an outgoing call never are: they are polls (the store's aliases, the
/// run queue), several a second and never looked at; the same call inside a request or a run has a parent, which decides
/// for it. Of the others at most so many a second are kept, after a burst of ten seconds' worth: a person sees each of his calls, a
/// service under load does not spend itself on describing the load. An id has every request, kept or not.
/// </summary>
internal sealed class TraceSampler : Sampler
{
    private const int BurstSeconds = 10;

    private readonly TimeProvider _time;
    private readonly long _interval;
    private readonly long _burst;
    private long _next; // The time, in the clock's ticks, at which the next trace is due; it lags behind by at most the burst.

    public TraceSampler(double tracesPerSecond, TimeProvider time)
    {
        _time = time;
        _interval = tracesPerSecond <= 0 ? long.MaxValue : Math.Max(1, (long)(time.TimestampFrequency / tracesPerSecond));
        // One at least: with a rate of one in a minute the burst is shorter than the pause between two.
        _burst = _interval == long.MaxValue ? 0 : Math.Max(_interval, BurstSeconds * time.TimestampFrequency);
        _next = time.GetTimestamp() - _burst;
    }

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Kind != ActivityKind.Client && TryTake() ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);

    private bool TryTake()
    {
        if (_interval == long.MaxValue)
        {
            return false;
        }

        var now = _time.GetTimestamp();
        while (true)
        {
            var seen = Volatile.Read(ref _next);
            var due = Math.Max(seen, now - _burst);
            if (due + _interval > now)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _next, due + _interval, seen) == seen)
            {
                return true;
            }
        }
    }
}
