namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Runs the part of a load that takes the processor on a thread of its own: on the pool's, it would take one of the few that answer
/// requests for as long as a graph takes to load. Not behind them, as one would think: a collection has to wait for this thread
/// to be let on, and all requests with it (the 99th percentile during a swap was 505 ms at niceness 19, 210 ms at 10, 48 ms at 0).
/// </summary>
internal static class LoadThread
{
    public static Task<T> RunAsync<T>(Func<T> load)
    {
        var loaded = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
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
}
