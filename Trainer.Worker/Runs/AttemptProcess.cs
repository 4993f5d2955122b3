using System.Diagnostics;
using System.Text.Json;
using Analytics.Trainer.Worker.Training;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// One attempt in a child process: native trainers can be stopped no other way, and running out of memory must not take the
/// worker along.
/// </summary>
internal sealed partial class AttemptProcess(TimeProvider time, ILogger<AttemptProcess> logger)
{
    private const int TailLines = 40;
    private static readonly TimeSpan MemoryPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Runs the attempt to its end and tells how it ended. The process is gone when this returns or throws, whatever happens:
    /// cancellation kills it.
    /// </summary>
    public async Task<AttemptExit> RunAsync(
        string folder,
        long memoryBound,
        Action<AttemptProgress> onProgress,
        CancellationToken cancellationToken,
        string verb = AttemptProgram.Verb)
    {
        using var process = Process.Start(AttemptProgram.StartInfo(folder, memoryBound, verb))
            ?? throw new InvalidOperationException("The attempt's process did not start.");
        LogStarted(logger, process.Id);
        var tail = new Queue<string>();
        var reading = Task.WhenAll(
            ReadProgressAsync(process.StandardOutput, onProgress),
            ReadErrorsAsync(process.StandardError, tail));
        var peak = 0L;
        try
        {
            peak = await WatchAsync(process, memoryBound, cancellationToken);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            await process.WaitForExitAsync(CancellationToken.None);
            await reading;
        }

        return new AttemptExit(process.ExitCode, peak > memoryBound, peak, [.. tail]);
    }

    // Returns at the end of the process, or as soon as it holds more than the bound. The GC's own limit does not see what
    // native code takes, so the resident size is what counts.
    private async Task<long> WatchAsync(Process process, long memoryBound, CancellationToken cancellationToken)
    {
        var peak = 0L;
        var exited = process.WaitForExitAsync(cancellationToken);
        while (!exited.IsCompleted)
        {
            process.Refresh();
            peak = Math.Max(peak, ResidentBytes(process));
            if (peak > memoryBound)
            {
                return peak;
            }

            await Task.WhenAny(exited, Task.Delay(MemoryPoll, time, cancellationToken));
        }

        await exited;
        return peak;
    }

    private static long ResidentBytes(Process process)
    {
        try
        {
            return process.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            // It has ended, perhaps only just now.
            return 0;
        }
    }

    private async Task ReadProgressAsync(StreamReader output, Action<AttemptProgress> onProgress)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            if (TryParse(line) is { } progress)
            {
                onProgress(progress);
            }
            else if (line.Length > 0)
            {
                // Native trainers write to standard output too.
                LogOutput(logger, line);
            }
        }
    }

    private async Task ReadErrorsAsync(StreamReader error, Queue<string> tail)
    {
        while (await error.ReadLineAsync() is { } line)
        {
            LogOutput(logger, line);
            tail.Enqueue(line);
            if (tail.Count > TailLines)
            {
                tail.Dequeue();
            }
        }
    }

    private static AttemptProgress? TryParse(string line)
    {
        try
        {
            return line.StartsWith('{') ? JsonSerializer.Deserialize(line, AttemptJson.Default.AttemptProgress) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [LoggerMessage(LogLevel.Information, "The attempt runs in process {ProcessId}")]
    private static partial void LogStarted(ILogger logger, int processId);

    [LoggerMessage(LogLevel.Information, "The attempt says: {Line}")]
    private static partial void LogOutput(ILogger logger, string line);
}

/// <summary>How an attempt's process ended.</summary>
/// <param name="ExitCode">0 when it wrote an outcome; over 128 for a signal.</param>
/// <param name="OverMemory">True when it was ended for holding more memory than it may.</param>
/// <param name="PeakMemory">The largest resident size seen, in bytes.</param>
/// <param name="ErrorTail">The last lines of its standard error.</param>
internal sealed record AttemptExit(int ExitCode, bool OverMemory, long PeakMemory, IReadOnlyList<string> ErrorTail)
{
    /// <summary>True when the managed heap met its limit.</summary>
    public bool OutOfMemory => OverMemory || ErrorTail.Any(l => l.Contains(nameof(OutOfMemoryException), StringComparison.Ordinal)
        || l.StartsWith("Out of memory.", StringComparison.Ordinal));

    /// <summary>The line of the standard error that says most: the last one that is not part of a stack trace.</summary>
    public string LastWords =>
        ErrorTail.LastOrDefault(l => l.Length > 0 && !l.StartsWith("   at ", StringComparison.Ordinal)) ?? "it said nothing";
}
