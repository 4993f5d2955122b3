using System.Diagnostics;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Client;

/// <summary>Generates the typed client of the scorer from its description, with the generator of <c>.config/dotnet-tools.json</c>.</summary>
internal static class ClientGenerator
{
    /// <summary>Where the generated client is kept.</summary>
    public static string Kept { get; } = Path.Combine(RepositoryFiles.Root, "tests", "Scorer.Api.Tests", "Client", "Generated");

    /// <summary>Where a client that is not the kept one is left, to be looked at and taken.</summary>
    public static string Fresh { get; } = Path.Combine(RepositoryFiles.Root, "artifacts", "client");

    /// <summary>Generates the client of the description into <see cref="Fresh"/>; skips the test where the generator cannot be restored.</summary>
    public static async Task GenerateAsync(string description, CancellationToken cancellationToken)
    {
        if (await RunAsync(["tool", "restore"], cancellationToken) is { } problem)
        {
            TestServers.SkipOrFail($"The client's generator cannot be restored: {problem}");
        }

        var file = Fresh + ".json";
        Directory.CreateDirectory(Fresh);
        await File.WriteAllTextAsync(file, description, cancellationToken);
        // Only JSON: the client is for rows and problems, files go through any HTTP client. The paths of other protocols have clients of their own.
        Assert.Null(await RunAsync(
            [
                "tool", "run", "kiota", "--", "generate", "--openapi", file, "--language", "CSharp", "--output", Fresh, "--clean-output",
                "--class-name", "ScorerClient", "--namespace-name", "Analytics.Scorer.Client", "--exclude-backward-compatible",
                "--serializer", "Microsoft.Kiota.Serialization.Json.JsonSerializationWriterFactory",
                "--deserializer", "Microsoft.Kiota.Serialization.Json.JsonParseNodeFactory",
                "--structured-mime-types", "application/json", "--structured-mime-types", "application/problem+json",
                "--include-path", "/predict", "--include-path", "/models", "--include-path", "/models/**", "--include-path", "/feedback",
            ],
            cancellationToken));
    }

    /// <summary>The client's files in a folder by their relative path.</summary>
    public static SortedDictionary<string, string> Read(string folder) => new(
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(folder, f).Replace('\\', '/'), f => File.ReadAllText(f).ReplaceLineEndings("\n")),
        StringComparer.Ordinal);

    // What it said, when it failed.
    private static async Task<string?> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = RepositoryFiles.Root,
        };
        start.Environment["KIOTA_CLI_TELEMETRY_OPTOUT"] = "true";
        start.Environment["KIOTA_OFFLINE_ENABLED"] = "true";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? null : await output + await error;
    }
}
