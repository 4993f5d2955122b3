using System.Runtime.InteropServices;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Runs the part of a load that takes the processor on a thread of its own, behind all others: on the pool's, it would take one
/// of the few that answer requests for as long as a graph takes to load.
/// </summary>
internal static partial class LoadThread
{
    /// <summary>Of 0 to 19. Not the most: requests wait for a collection, and a collection for this thread to be let on.</summary>
    private const int Niceness = 10;

    public static Task<T> RunAsync<T>(Func<T> load)
    {
        var loaded = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                StandBack();
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

    // .NET's own priorities have no effect on Linux, where a thread's niceness is its own. Refused: no worse than before.
    private static void StandBack()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(0, 0, Niceness);
        }
        else
        {
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        }
    }

    /// <summary>setpriority(2) with PRIO_PROCESS, 0 for the calling thread.</summary>
    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int priority);
}
