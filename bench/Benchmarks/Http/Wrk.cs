using System.Globalization;
using System.Text.RegularExpressions;
using Analytics.Testing;

namespace Analytics.Benchmarks.Http;

/// <summary>The load generator wrk: one thread, sixteen connections, each sending its next request when it has its answer.</summary>
internal static partial class Wrk
{
    /// <summary>Loads a URL with one body for some seconds.</summary>
    public static async Task<WrkResult> RunAsync(string url, string body, string? apiKey, int seconds, CancellationToken cancellationToken)
    {
        using var folder = new WorkFolder();
        await File.WriteAllTextAsync(
            folder.File("post.lua"),
            $"""
            wrk.method = "POST"
            wrk.body = [[{body}]]
            wrk.headers["Content-Type"] = "application/json"
            {(apiKey is null ? "" : $"wrk.headers[\"X-Api-Key\"] = \"{apiKey}\"")}
            """,
            cancellationToken);
        return Parse(await TestServers.RunAsync(
            "wrk", ["-t1", "-c16", $"-d{seconds}s", "--latency", "-s", folder.File("post.lua"), url], cancellationToken));
    }

    /// <summary>Reads what wrk prints.</summary>
    internal static WrkResult Parse(string output)
    {
        var errors = Number(BadStatus(), output) ?? 0;
        if (SocketErrors().Match(output) is { Success: true } socket)
        {
            errors += Enumerable.Range(1, 4).Sum(g => double.Parse(socket.Groups[g].Value, CultureInfo.InvariantCulture));
        }

        return new WrkResult(
            (long)Must(Total()), Must(Rate()), Milliseconds(Median()), Milliseconds(NinetyNine()), (long)errors);

        double Must(Regex pattern) =>
            Number(pattern, output) ?? throw new FormatException($"wrk's output has no {pattern}:\n{output}");

        double Milliseconds(Regex pattern)
        {
            var match = pattern.Match(output);
            return match.Success
                ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * match.Groups[2].Value switch
                {
                    "us" => 0.001,
                    "ms" => 1,
                    "s" => 1000,
                    var unit => throw new FormatException($"wrk's unit '{unit}' is not known."),
                }
                : throw new FormatException($"wrk's output has no {pattern}:\n{output}");
        }
    }

    private static double? Number(Regex pattern, string output) =>
        pattern.Match(output) is { Success: true } match ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"(\d+) requests in ")]
    private static partial Regex Total();

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"50%\s+([\d.]+)([a-z]+)")]
    private static partial Regex Median();

    [GeneratedRegex(@"99%\s+([\d.]+)([a-z]+)")]
    private static partial Regex NinetyNine();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex BadStatus();

    [GeneratedRegex(@"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")]
    private static partial Regex SocketErrors();
}

/// <summary>What wrk measured.</summary>
/// <param name="Requests">Answers in all.</param>
/// <param name="RequestsPerSecond">Their rate.</param>
/// <param name="P50Ms">The median time to an answer.</param>
/// <param name="P99Ms">Its 99th percentile.</param>
/// <param name="Errors">Answers other than 2xx and 3xx, and connections that broke or timed out.</param>
internal sealed record WrkResult(long Requests, double RequestsPerSecond, double P50Ms, double P99Ms, long Errors);
