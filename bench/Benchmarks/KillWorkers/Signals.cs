using System.Runtime.InteropServices;

namespace Analytics.Benchmarks.KillWorkers;

/// <summary>kill(2): .NET sends SIGKILL only, and starting a program for it is too slow to hit a moment.</summary>
internal static partial class Signals
{
    /// <summary>Ends a process at once; a process that has ended already is no error.</summary>
    public static void Kill(int process) => Send(process, 9);

    /// <summary>Stops a process where it is.</summary>
    public static void Stop(int process) => Send(process, 19);

    /// <summary>Lets a stopped process go on.</summary>
    public static void Continue(int process) => Send(process, 18);

    private static void Send(int process, int signal) => _ = SendSignal(process, signal);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
