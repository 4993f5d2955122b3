namespace Analytics.Trainer.Worker.Runs;

/// <summary>The attempt's process ended without an outcome; another attempt may fare better.</summary>
internal sealed class AttemptCrashedException(AttemptExit exit) : Exception(Describe(exit))
{
    /// <summary>The last lines of its standard error.</summary>
    public string Details { get; } = string.Join('\n', exit.ErrorTail);

    private static string Describe(AttemptExit exit) => exit.ExitCode switch
    {
        128 + 9 => "The attempt's process was killed from outside (signal 9): by somebody, or by the system because the machine ran "
            + "out of memory. In the latter case lower Trainer:MaxMemory or give the machine more.",
        > 128 and < 160 => $"The attempt's process was ended by signal {exit.ExitCode - 128}: {exit.LastWords}",
        var code => $"The attempt's process ended without an outcome (exit code {code}): {exit.LastWords}",
    };
}
