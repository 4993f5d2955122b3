using System.Diagnostics;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// Ends an attempt's process when its worker is gone. The worker holds the other end of our standard input for as long as it
/// lives, so the end of that stream is the end of the worker, <c>kill -9</c> included.
/// </summary>
internal static class ParentWatch
{
    /// <summary>Set by the worker; an attempt started by hand has no parent to watch.</summary>
    public const string Variable = "ANALYTICS_TRAINER_PARENT";

    /// <summary>The variable's value.</summary>
    public const string Enabled = "stdin";

    /// <summary>Starts watching where a worker started us, else returns false.</summary>
    public static bool TryStart()
    {
        if (Environment.GetEnvironmentVariable(Variable) != Enabled)
        {
            return false;
        }

        var input = Console.OpenStandardInput();
        new Thread(() =>
        {
            while (input.ReadByte() >= 0)
            {
                // The worker writes nothing; only the end matters.
            }

            // Not Environment.Exit: that waits for handlers, and native training code does not return for them.
            Process.GetCurrentProcess().Kill();
        })
        { IsBackground = true, Name = "parent watch" }.Start();
        return true;
    }
}
