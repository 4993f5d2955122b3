namespace Analytics.Trainer.Worker.Runs;

/// <summary>The attempt's process ended without an outcome; another attempt may fare better.</summary>
internal sealed class AttemptCrashedException(AttemptExit exit)
    : Exception($"The attempt's process ended without an outcome (exit code {exit.ExitCode}): {exit.LastWords}.")
{
    /// <summary>The last lines of its standard error.</summary>
    public string Details { get; } = string.Join('\n', exit.ErrorTail);
}
