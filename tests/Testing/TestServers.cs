using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Analytics.Testing;

/// <summary>What the test servers have in common: finding programs, ports, and the rule for what is not installed.</summary>
public static class TestServers
{
    /// <summary>True on a build server, where a missing server is a failure and not a reason to skip.</summary>
    public static bool InContinuousIntegration =>
        Environment.GetEnvironmentVariable("CI") is { Length: > 0 } ci && !ci.Equals("false", StringComparison.OrdinalIgnoreCase);

    /// <summary>Skips the test on a person's machine, fails it where <c>CI</c> is set.</summary>
    public static void SkipOrFail(string reason)
    {
        if (InContinuousIntegration)
        {
            Assert.Fail($"{reason} (CI is set, so this is a failure.)");
        }

        Assert.Skip(reason);
    }

    /// <summary>The full path of a program on PATH or in one of the extra folders, or null.</summary>
    public static string? FindProgram(string name, params IEnumerable<string> extraFolders)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(extraFolders);
        return folders.Where(f => f.Length > 0).Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>True when the program ends with 0.</summary>
    public static async Task<bool> SucceedsAsync(string program, params IEnumerable<string> arguments)
    {
        try
        {
            await RunAsync(program, arguments, TestContext.Current.CancellationToken);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Runs a program to its end and returns its output; throws with that output when it fails.</summary>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken = default)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} exited with {process.ExitCode}:\n{await output}{await error}");
    }
}
