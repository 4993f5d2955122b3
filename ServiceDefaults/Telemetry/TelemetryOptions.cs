using System.ComponentModel.DataAnnotations;

namespace Analytics.ServiceDefaults.Telemetry;

/// <summary>How much telemetry is made (section <c>Telemetry</c>).</summary>
public sealed class TelemetryOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Telemetry";

    /// <summary>
    /// The most traces kept in a second, after a burst of ten seconds' worth; 0: none. A request whose caller has decided
    /// (<c>traceparent</c>) is not counted. Default: 10.
    /// </summary>
    [Range(0, 1_000_000)]
    public double TracesPerSecond { get; set; } = 10;
}
