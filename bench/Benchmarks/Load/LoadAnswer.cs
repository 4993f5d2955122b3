using System.Runtime.InteropServices;

namespace Analytics.Benchmarks.Load;

/// <summary>One answer, in 40 bytes: a run keeps millions. Times are microseconds since the start of the run.</summary>
/// <param name="Due">When the request was to be sent: in an open loop by the schedule, else when it was sent.</param>
/// <param name="Sent">When it was sent. Later than due where no connection was free.</param>
/// <param name="End">When the whole answer was there.</param>
/// <param name="Request">Which of the plan's requests.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Version">The model's version; 0 where the answer names none.</param>
/// <param name="Content">A hash of what was predicted, without model, version and id.</param>
/// <param name="Id">The prediction's id; empty where the answer has none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LoadAnswer(
    uint Due, uint Sent, uint End, ushort Request, ushort Status, int Version, int Content, Guid Id)
{
    /// <summary>
    /// Microseconds from when the request was due: a server that stalls delays the requests that could not be sent meanwhile
    /// too, and they must count (coordinated omission).
    /// </summary>
    public uint Latency => End - Due;
}
