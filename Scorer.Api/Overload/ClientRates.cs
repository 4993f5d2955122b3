using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;
using Analytics.Scorer.Api.Predictions;
using Analytics.ServiceDefaults.ApiKeys;

namespace Analytics.Scorer.Api.Overload;

/// <summary>
/// A token bucket for each client: the name of its API key, or its address where it needed none. Buckets of clients that
/// have gone are let go.
/// </summary>
internal sealed class ClientRates : IDisposable
{
    private readonly PartitionedRateLimiter<string> _buckets;
    private readonly int _rate;

    private ClientRates(int rate, int burst)
    {
        _rate = rate;
        // Whole tokens only: a slow rate gives one at a time, a fast one some every tenth of a second.
        var perPeriod = Math.Max(1, rate / 10);
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = perPeriod,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)perPeriod / rate),
            AutoReplenishment = false,
            QueueLimit = 0,
        };
        _buckets = PartitionedRateLimiter.Create<string, string>(
            client => RateLimitPartition.GetTokenBucketLimiter(client, _ => bucket), StringComparer.Ordinal);
    }

    /// <summary>The rates, or null where there is no bound.</summary>
    public static ClientRates? Create(OverloadOptions options) =>
        options.RateLimit == 0 ? null : new ClientRates(options.RateLimit, options.RateBurst > 0 ? options.RateBurst : options.RateLimit);

    /// <summary>True when the client has a request left.</summary>
    public bool TryPass(HttpContext context, [NotNullWhen(false)] out ScoringProblem? problem)
    {
        var client = context.CallerName() ?? context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        using var lease = _buckets.AttemptAcquire(client);
        problem = lease.IsAcquired
            ? null
            : OverloadProblems.TooMany(
                client, _rate, lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : 1);
        return problem is null;
    }

    public void Dispose() => _buckets.Dispose();
}
