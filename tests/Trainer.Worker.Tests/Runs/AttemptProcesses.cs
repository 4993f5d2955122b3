using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Analytics.Trainer.Worker.Tests.Runs;

/// <summary>The child processes of a run, found the way an operator would: by their command line.</summary>
internal static class AttemptProcesses
{
    public static List<int> Of(Guid run)
    {
        var found = new List<int>();
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && CommandLine(folder) is { } line
                && line.Contains("\0attempt\0", StringComparison.Ordinal) && line.Contains(run.ToString(), StringComparison.Ordinal))
            {
                found.Add(id);
            }
        }

        return found;
    }

    /// <summary>Waits until the run's attempt has a process, and returns it.</summary>
    public static async Task<int> StartedAsync(Guid run)
    {
        await TestTrainer.UntilAsync(() => Task.FromResult(Of(run).Count > 0), "the attempt's process");
        return Of(run).First();
    }

    /// <summary>Waits until no process of the run is left.</summary>
    public static Task GoneAsync(Guid run) =>
        TestTrainer.UntilAsync(() => Task.FromResult(Of(run).Count == 0), "the end of the attempt's process");

    public static void Kill(int id)
    {
        using var process = Process.GetProcessById(id);
        process.Kill();
    }

    private static string? CommandLine(string folder)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, "cmdline")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
            return null;
        }
    }
}
