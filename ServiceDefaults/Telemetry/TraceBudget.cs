namespace Analytics.ServiceDefaults.Telemetry;

/// <summary>So many a second, after a burst of ten seconds' worth. Any number of threads may take.</summary>
internal sealed class TraceBudget
{
    private const int BurstSeconds = 10;

    private readonly TimeProvider _time;
    private readonly long _interval;
    private readonly long _burst;
    private long _next; // The time, in the clock's ticks, at which the next one is due; it lags behind by at most the burst.

    public TraceBudget(double perSecond, TimeProvider time)
    {
        _time = time;
        _interval = perSecond <= 0 ? long.MaxValue : Math.Max(1, (long)(time.TimestampFrequency / perSecond));
        // One at least: with a rate of one in a minute the burst is shorter than the pause between two.
        _burst = _interval == long.MaxValue ? 0 : Math.Max(_interval, BurstSeconds * time.TimestampFrequency);
        _next = time.GetTimestamp() - _burst;
    }

    /// <summary>Takes one; false when there is none left.</summary>
    public bool TryTake()
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
