using System.Net;

namespace Analytics.ServiceDefaults.Health;

/// <summary>
/// The argument <c>--health</c>: asks the service that runs in the same container, with the same settings, whether it is ready, and ends.
/// An image needs no shell and no HTTP client for its health check then.
/// </summary>
public static class HealthCommand
{
    /// <summary>The argument.</summary>
    public const string Argument = "--health";

    private const int StandardPort = 5000;

    // Less than what the one who asks waits (5 s in the published files), so that the reason is told.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>True when the program is started only to ask.</summary>
    public static bool IsAsked(string[] args) => args is [Argument, ..];

    /// <summary>
    /// Asks <c>/health/ready</c> at the address in <paramref name="args"/> behind the argument, else at the port that the service's own
    /// environment names; the exit code is 0 when it is ready, else 1 with the reason on the standard error.
    /// </summary>
    public static Task<int> RunAsync(string[] args) =>
        RunAsync(args, Environment.GetEnvironmentVariable, Console.Error);

    /// <summary>The same with an environment and a standard error of one's own.</summary>
    internal static async Task<int> RunAsync(string[] args, Func<string, string?> variable, TextWriter error)
    {
        var address = args is [_, var given, ..] ? given : Address(variable);
        if (!Uri.TryCreate($"{address.TrimEnd('/')}{HealthEndpoints.Path}/ready", UriKind.Absolute, out var ready))
        {
            await error.WriteLineAsync($"'{address}' is no address; expected one such as http://127.0.0.1:{StandardPort}.");
            return 1;
        }

        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
            using var answer = await client.GetAsync(ready);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                return 0;
            }

            await error.WriteLineAsync($"{ready} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
        catch (HttpRequestException e)
        {
            await error.WriteLineAsync($"{ready} does not answer: {e.Message}");
        }
        catch (TaskCanceledException)
        {
            await error.WriteLineAsync($"{ready} did not answer within {Patience.TotalSeconds:0} s.");
        }

        return 1;
    }

    // What the server itself looks at, in its order: .NET's image sets ASPNETCORE_HTTP_PORTS, and a plain HTTP_PORTS wins over it.
    private static string Address(Func<string, string?> variable)
    {
        string[] prefixes = ["", "DOTNET_", "ASPNETCORE_"];
        string? Setting(string name) => prefixes.Select(p => variable(p + name)).FirstOrDefault(v => !string.IsNullOrWhiteSpace(v));
        if (Setting("URLS") is { } urls)
        {
            // "Every address of this machine" is nowhere to ask.
            var first = urls.Split(';')[0];
            return first.Replace("//*", "//127.0.0.1", StringComparison.Ordinal).Replace("//+", "//127.0.0.1", StringComparison.Ordinal)
                .Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal).Replace("//[::]", "//127.0.0.1", StringComparison.Ordinal);
        }

        return $"http://127.0.0.1:{Setting("HTTP_PORTS")?.Split(';')[0] ?? $"{StandardPort}"}";
    }
}
