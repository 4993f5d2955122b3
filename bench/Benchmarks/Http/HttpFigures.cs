using System.Text.Json;
using System.Text.Json.Serialization;

namespace Analytics.Benchmarks.Http;

/// <summary>What was measured of one target; null: not measured.</summary>
/// <param name="Target">The server, or what stands in its place.</param>
/// <param name="Engine">What scores in it.</param>
internal sealed record HttpFigures(string Target, string Engine)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public double? RequestsPerSecond { get; init; }

    public double? P50Ms { get; init; }

    public double? P99Ms { get; init; }

    /// <summary>Answers that were no success, and broken connections.</summary>
    public long? Errors { get; init; }

    /// <summary>The median over the rounds of the rate by that of the bare endpoint in the same round.</summary>
    public double? OfBare { get; init; }

    /// <summary>Requests answered but not yet stored when the load ended.</summary>
    public long? Backlog { get; init; }

    /// <summary>Requests answered that never came to be stored.</summary>
    public long? Missing { get; init; }

    /// <summary>The form of a batch: <c>json</c>, <c>csv</c>, or <c>array</c> within the process.</summary>
    public string? Format { get; init; }

    /// <summary>Rows in a batch.</summary>
    public int? Rows { get; init; }

    public double? RowsPerSecond { get; init; }

    /// <summary>One line of JSON, for programs.</summary>
    public static string ToJson(IEnumerable<HttpFigures> figures) => JsonSerializer.Serialize(figures, Json);
}
