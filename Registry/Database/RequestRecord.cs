namespace Analytics.Registry.Database;

/// <summary>
/// One scoring request, answered or rejected. The table is partitioned by day of <see cref="Time"/>, with a default partition.
/// </summary>
public sealed class RequestRecord
{
    /// <summary>UUIDv7.</summary>
    public required Guid Id { get; init; }

    /// <summary>When it arrived (UTC).</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The route's template, such as <c>/models/{model}/predict</c>.</summary>
    public required string Route { get; init; }

    /// <summary>The HTTP status answered.</summary>
    public required int Status { get; init; }

    /// <summary>Rows scored; 0 for a rejected request.</summary>
    public required int Rows { get; init; }

    /// <summary>From arrival until the answer was ready to be sent, in milliseconds.</summary>
    public required double DurationMs { get; init; }

    /// <summary>The model asked for.</summary>
    public string? Model { get; init; }

    /// <summary>The version that answered.</summary>
    public int? Version { get; init; }

    /// <summary>The API key's name, or <c>loopback</c>.</summary>
    public string? Client { get; init; }

    /// <summary>The request's trace, 32 hexadecimal digits.</summary>
    public string? TraceId { get; init; }

    /// <summary>The problem's detail for a rejected request.</summary>
    public string? Error { get; init; }
}
