using System.Diagnostics;
using Analytics.Testing;

namespace Analytics.AppHost.Tests.Publishing;

/// <summary>The AppHost as a program that publishes.</summary>
internal static class PublishProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Publishes by <c>dotnet run</c>'s way, without the build; the exit code and all that it said.</summary>
    public static Task<(int ExitCode, string Output)> RunAsync(string output, Dictionary<string, string>? environment = null) =>
        DotnetAsync(
            ["run", "--no-build", "--project", "AppHost", "--configuration", Configuration, "--", "--operation", "publish", "--step", "publish", "--output-path", output],
            environment);

    /// <summary>Runs <c>dotnet</c> in the repository.</summary>
    public static async Task<(int ExitCode, string Output)> DotnetAsync(string[] arguments, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = RepositoryFiles.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Patience);
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Every file below a folder with its content, by its relative path.</summary>
    public static SortedDictionary<string, string> Files(string folder) => new(
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(folder, f).Replace('\\', '/'), File.ReadAllText),
        StringComparer.Ordinal);

    private static string Configuration =>
        AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";
}
