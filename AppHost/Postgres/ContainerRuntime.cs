using System.Globalization;
using System.Text.RegularExpressions;

namespace Analytics.AppHost.Postgres;

/// <summary>Asks the container runtimes whether one answers. With none, Aspire would let a container wait for ever.</summary>
internal static partial class ContainerRuntime
{
    // Aspire's orchestrator refuses an older client (Debian 12 has 20.10), and its containers then wait for ever.
    private const int OldestDockerClient = 25;

    /// <summary>Asks the runtime of Aspire's own setting, or Docker and Podman at once.</summary>
    /// <param name="chosen"><c>ASPIRE_CONTAINER_RUNTIME</c>, or null.</param>
    /// <param name="patience">How long to wait for an answer; an engine that is starting or stuck can take minutes.</param>
    public static Finding Find(string? chosen, TimeSpan patience)
    {
        string[] names = string.IsNullOrWhiteSpace(chosen) ? ["docker", "podman"] : [chosen];
        var findings = Task.WhenAll(names.Select(name => AskAsync(name, patience))).GetAwaiter().GetResult();
        return findings.FirstOrDefault(f => f.Found) ?? new Finding(false, string.Join("; ", findings.Select(f => f.Detail)));
    }

    private static async Task<Finding> AskAsync(string runtime, TimeSpan patience)
    {
        var answer = await ShortProgram.RunAsync(runtime, ["info"], patience);
        return answer.ExitCode switch
        {
            0 => await TooOldAsync(runtime, patience) ?? new Finding(true, $"{runtime} answers"),
            null => new Finding(false, $"{runtime} {answer.Error}"),
            _ => new Finding(false, $"{runtime} is installed, but its engine does not answer ({answer.Error.TrimEnd('.')})"),
        };
    }

    private static async Task<Finding?> TooOldAsync(string runtime, TimeSpan patience)
    {
        var answer = await ShortProgram.RunAsync(runtime, ["--version"], patience);
        return DockerVersion().Match(answer.Output) is { Success: true } version
            && int.Parse(version.Groups[1].ValueSpan, CultureInfo.InvariantCulture) < OldestDockerClient
            ? new Finding(false, $"{runtime} is version {version.Groups[1].Value}, and Aspire needs {OldestDockerClient} or newer")
            : null;
    }

    [GeneratedRegex(@"^Docker version (\d+)\.")]
    private static partial Regex DockerVersion();
}
