using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Overload;

/// <summary>How much is taken on at once, how long a request may wait, and how the service stops (section <c>Scorer</c>).</summary>
public sealed class OverloadOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Scorer";

    /// <summary>The most requests that are worked on at once, their bodies read; more wait. Default (null): 64 for each processor.</summary>
    [Range(1, 1_000_000)]
    public int? MaxConcurrency { get; set; }

    /// <summary>The most requests that wait for their turn; more are answered with 503. Default: 2,000.</summary>
    [Range(0, 1_000_000)]
    public int MaxQueue { get; set; } = 2_000;

    /// <summary>
    /// How long a request may take to send its body (408) and to get its turn (503). Default: 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The most requests a second of one client; more are answered with 429. Default: 0, no bound.</summary>
    [Range(0, 10_000_000)]
    public int RateLimit { get; set; }

    /// <summary>How many requests a client may have saved up while it sent fewer. Default: 0, as many as <see cref="RateLimit"/>.</summary>
    [Range(0, 10_000_000)]
    public int RateBurst { get; set; }

    /// <summary>
    /// How long a scorer that is told to stop says "not ready" and goes on answering, so that a load balancer notices before
    /// connections are refused. Default (null): 5 s, in Development 0.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan? StopDelay { get; set; }

    /// <summary>
    /// The time for the whole stop: <see cref="StopDelay"/>, requests in flight, draining the journal. Default: 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary><see cref="MaxConcurrency"/> with its default applied.</summary>
    internal int Concurrency => MaxConcurrency ?? 64 * Environment.ProcessorCount;
}

/// <summary>The rule between two settings.</summary>
internal sealed class OverloadOptionsValidator : IValidateOptions<OverloadOptions>
{
    public ValidateOptionsResult Validate(string? name, OverloadOptions options) =>
        options.StopDelay is not { } delay || delay <= options.StopTimeout / 2
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Scorer:StopDelay ({delay}) must be at most half of Scorer:StopTimeout ({options.StopTimeout}): the rest is for "
                + "requests in flight and for the journal.");
}
