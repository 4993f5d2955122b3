using System.Text.Json;
using System.Text.Json.Serialization;

namespace Analytics.Benchmarks.Batches;

/// <summary>A file through an engine.</summary>
/// <param name="Engine">What scored.</param>
/// <param name="Form">How the rows came.</param>
/// <param name="Rows">Rows sent.</param>
/// <param name="RowsPerSecond">From the first byte sent to the last one received.</param>
/// <param name="MemoryMb">The process's high-water mark (VmHWM), its start included.</param>
/// <param name="Answered">Rows answered.</param>
internal sealed record BatchFigures(string Engine, string Form, int Rows, double RowsPerSecond, double? MemoryMb, long? Answered)
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}
