using System.Runtime.InteropServices;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>Ctrl+C and SIGTERM for the verbs that are no service.</summary>
internal sealed class ConsoleSignal : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;

    private ConsoleSignal(CancellationTokenSource source)
    {
        void Cancel(PosixSignalContext context)
        {
            // Not ended at once: what was begun ends in order.
            context.Cancel = true;
            source.Cancel();
        }

        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel)];
    }

    /// <summary>Cancels the source at the first signal.</summary>
    public static ConsoleSignal Cancel(CancellationTokenSource source) => new(source);

    public void Dispose() => Array.ForEach(_registrations, r => r.Dispose());
}
