using System.Diagnostics;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Runs the part of a load that takes the processor on a thread of its own: on the pool's, it would take one of the few that answer
/// requests for as long as a graph takes to load. While requests are answered it works in slices of a millisecond with pauses between
/// them, so that a busy machine has only a fraction of a processor less for as long as the load takes. The scheduler's priorities
/// cannot do that: a collection has to wait for this thread to be let on, and all requests with it (the 99th percentile during a
/// swap was 505 ms at niceness 19, 210 ms at 10, 48 ms at 0 without pauses).
/// </summary>
internal static class LoadThread
{
    /// <summary>As long as the pauses are, on average: a timer is late by about a tenth of a millisecond.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private static readonly long Slice = Stopwatch.Frequency / 1000;

    [ThreadStatic]
    private static long _sliceEnd;

    /// <summary>Runs the load; <paramref name="paced"/> where requests are answered meanwhile.</summary>
    public static Task<T> RunAsync<T>(Func<T> load, bool paced)
    {
        var loaded = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            _sliceEnd = paced ? Stopwatch.GetTimestamp() + Slice : 0;
            try
            {
                loaded.SetResult(load());
            }
#pragma warning disable CA1031 // Handed to whoever waits.
            catch (Exception e)
#pragma warning restore CA1031
            {
                loaded.SetException(e);
            }
        })
        {
            Name = "load",
            IsBackground = true,
        }.Start();
        return loaded.Task;
    }

    /// <summary>
    /// Called by loops of a load with the number of the round: pauses when the slice is over. Does nothing on a thread that is not
    /// paced; a clock is looked at once in 512 rounds.
    /// </summary>
    public static void Breathe(int round)
    {
        if ((round & 511) == 0)
        {
            Breathe();
        }
    }

    /// <summary>The same, for what takes some microseconds at least.</summary>
    public static void Breathe()
    {
        if (_sliceEnd != 0 && Stopwatch.GetTimestamp() >= _sliceEnd)
        {
            Thread.Sleep(Pause);
            _sliceEnd = Stopwatch.GetTimestamp() + Slice;
        }
    }
}
