using System.Runtime.InteropServices;

namespace Analytics.Benchmarks.Load;

/// <summary>ppoll(2): one thread waits for all connections, with a time-out finer than a millisecond, which .NET's own waits lack.</summary>
internal static partial class Polling
{
    /// <summary>POLLIN; the system adds errors and hang-ups unasked.</summary>
    private const short Readable = 1;

    /// <summary>Waits for something to read, or for the time. Entries without a connection have a negative handle and are passed over.</summary>
    public static unsafe void Wait(Span<Entry> entries, TimeSpan time)
    {
        var timeout = new Time(time.Ticks / TimeSpan.TicksPerSecond, time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick);
        fixed (Entry* first = entries)
        {
            // An interrupted wait is as good as one that timed out.
            _ = PPoll(first, (nuint)entries.Length, &timeout, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static unsafe partial int PPoll(Entry* entries, nuint count, Time* timeout, nint signals);

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Entry(int handle)
    {
        private int _handle = handle;
        private short _events = Readable;
        private short _found;

        public static Entry None => new(-1);

        /// <summary>True when there is something to read, the end and an error among it.</summary>
        public readonly bool IsReady => _found != 0;
    }

    /// <summary><c>struct timespec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Time(long Seconds, long Nanoseconds);
}
