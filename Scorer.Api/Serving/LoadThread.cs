namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Runs the part of a load that takes the processor on a thread of its own: on the pool's, it would take one of the few that
/// answer requests for as long as a graph takes to load.
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
