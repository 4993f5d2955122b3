using System.Runtime.InteropServices;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// How the C library keeps memory (glibc, mallopt(3)). By default it learns from each large block that is freed to keep the next one,
/// in a heap for each thread: loads, each on a thread of its own, left 130 MB behind in 200 swaps of a model of 10 MB.
/// </summary>
internal static class NativeHeap
{
    private const int MmapThreshold = -3; // M_MMAP_THRESHOLD
    private const int ArenaMax = -8; // M_ARENA_MAX
    private const int LargeBytes = 256 * 1024;
    private const int Arenas = 2;

    /// <summary>Blocks from 256 KB on go back to the system when they are freed, and threads share two heaps.</summary>
    public static void KeepSmall()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = MallOpt(MmapThreshold, LargeBytes);
            _ = MallOpt(ArenaMax, Arenas);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library (musl), which keeps no large blocks.
        }
    }

    [DllImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MallOpt(int parameter, int value);
}
