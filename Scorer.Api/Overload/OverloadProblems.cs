using System.Globalization;
using Analytics.Scorer.Api.Predictions;

namespace Analytics.Scorer.Api.Overload;

/// <summary>What a request hears that is not let in. Each may be sent again as it is.</summary>
internal static class OverloadProblems
{
    public static readonly ScoringProblem QueueFull = new(
        StatusCodes.Status503ServiceUnavailable,
        "The scorer is at its limit, and as many requests as may wait are waiting (Scorer:MaxConcurrency, Scorer:MaxQueue).")
    {
        RetryAfter = 1,
    };

    public static readonly ScoringProblem Stopping = new(
        StatusCodes.Status503ServiceUnavailable, "The scorer is stopping, and the request was not there in time.")
    {
        RetryAfter = 1,
    };

    public static ScoringProblem NoTurn(TimeSpan timeout) => new(
        StatusCodes.Status503ServiceUnavailable,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The scorer is at its limit, and the request's turn did not come within {timeout.TotalSeconds:0.###} s (Scorer:RequestTimeout); it was not scored."))
    {
        RetryAfter = 2,
    };

    public static ScoringProblem SlowBody(TimeSpan timeout) => new(
        StatusCodes.Status408RequestTimeout,
        string.Create(
            CultureInfo.InvariantCulture, $"The body was not there within {timeout.TotalSeconds:0.###} s (Scorer:RequestTimeout)."));

    public static ScoringProblem TooMany(string client, int rate, int retryAfter) => new(
        StatusCodes.Status429TooManyRequests,
        string.Create(CultureInfo.InvariantCulture, $"Client '{client}' sends more than {rate} requests a second (Scorer:RateLimit)."))
    {
        RetryAfter = retryAfter,
    };
}
