using System.ComponentModel;
using System.Diagnostics;

namespace Analytics.AppHost.Postgres;

/// <summary>Programs that only answer a question: run at once, bounded in time, never failing the caller.</summary>
internal static class ShortProgram
{
    /// <summary>What a program said.</summary>
    /// <param name="ExitCode">Its exit code; null when it is not installed or did not end in time.</param>
    /// <param name="Output">Its standard output.</param>
    /// <param name="Error">Its standard error's first line, or why there is no exit code.</param>
    public sealed record Answer(int? ExitCode, string Output, string Error);

    /// <summary>Runs the program and returns its answer.</summary>
    public static async Task<Answer> RunAsync(string program, string[] arguments, TimeSpan patience)
    {
        using var timeout = new CancellationTokenSource(patience);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Path.GetPathRoot(Environment.SystemDirectory) ?? "/",
            })!;
            try
            {
                var error = process.StandardError.ReadToEndAsync(timeout.Token);
                var output = await process.StandardOutput.ReadToEndAsync(timeout.Token);
                await process.WaitForExitAsync(timeout.Token);
                return new Answer(process.ExitCode, output, FirstLine(await error));
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                return new Answer(null, "", $"did not answer within {patience.TotalSeconds:0} s");
            }
        }
        catch (Win32Exception)
        {
            return new Answer(null, "", "is not installed");
        }
    }

    private static string FirstLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault() ?? "no message";
}
