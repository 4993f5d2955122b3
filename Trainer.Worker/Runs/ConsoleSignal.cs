using System.Runtime.InteropServices;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>Ctrl+C and SIGTERM for the verbs that are no service.</summary>
internal sealed class ConsoleSignal : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;

    private ConsoleSignal(CancellationTokenSource? source)
    {
        void Cancel(PosixSignalContext context)
        {
            // Not ended at once: what was begun ends in order, or by whoever started it.
            context.Cancel = true;
            source?.Cancel();
        }

        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel)];
    }

    /// <summary>Cancels the source at the first signal.</summary>
    public static ConsoleSignal Cancel(CancellationTokenSource source) => new(source);

    /// <summary>
    /// Passes signals over: Ctrl+C reaches a child as well as its parent, and it is the parent who decides what it means.
    /// </summary>
    public static ConsoleSignal Ignore() => new(null);

    public void Dispose() => Array.ForEach(_registrations, r => r.Dispose());
}
