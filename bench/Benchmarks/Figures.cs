using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Analytics.Benchmarks;

/// <summary>What was measured of one engine on one data set; null: not measured.</summary>
internal sealed record Figures(string Dataset, string Engine)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Rows fitted, or rows scored in one call.</summary>
    public int? Rows { get; init; }

    /// <summary>Median of the warm fits, binning included.</summary>
    public double? Seconds { get; init; }

    public double? SecondsPerMillionRows { get; init; }

    /// <summary>The process's high-water mark after the fit, runtime and data included.</summary>
    public double? PeakMb { get; init; }

    /// <summary>0 to 1.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Nats.</summary>
    public double? LogLoss { get; init; }

    /// <summary>Mean accuracy above that of the better peer, in percentage points.</summary>
    public double? Difference { get; init; }

    /// <summary>The lower end of its 95 % interval.</summary>
    public double? DifferenceLow { get; init; }

    /// <summary>The upper end of its 95 % interval.</summary>
    public double? DifferenceHigh { get; init; }

    /// <summary>Processor time.</summary>
    public double? NsPerRow { get; init; }

    /// <summary>Wall time, as BenchmarkDotNet measures it.</summary>
    public double? BenchmarkDotNetNsPerRow { get; init; }

    /// <summary>One line of JSON, for programs.</summary>
    public static string ToJson(IEnumerable<Figures> figures) => JsonSerializer.Serialize(figures, Json);
}
