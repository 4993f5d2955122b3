using System.Diagnostics;
using System.Text.Json;

namespace Analytics.Benchmarks.Peers;

/// <summary>An engine's own process: a line for each job, a line for each answer.</summary>
internal sealed class PeerProcess : IDisposable
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(10);

    private readonly Engine _engine;
    private readonly Process _process;

    public PeerProcess(Engine engine, ProcessStartInfo start)
    {
        _engine = engine;
        _process = Process.Start(start) ?? throw new InvalidOperationException($"'{start.FileName}' did not start.");
    }

    public async Task<PeerAnswer> AskAsync(PeerJob job, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(_engine.Line(job).AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new InvalidOperationException($"The process of {_engine.Name} ended without an answer; its messages are above.");
        return JsonSerializer.Deserialize<PeerAnswer>(line, PeerJob.Json)!;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(Goodbye))
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
