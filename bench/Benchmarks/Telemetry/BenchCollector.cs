using Analytics.Testing.Otlp;

namespace Analytics.Benchmarks.Telemetry;

/// <summary>A collector that does what a benchmark wants.</summary>
internal sealed class BenchCollector : IAsyncDisposable
{
    private readonly bool _isKilled;
    private OtlpReceiver? _receiver;
    private SilentServer? _silent;

    private BenchCollector(bool isKilled) => _isKilled = isKilled;

    /// <summary>Where the scorer sends; empty: nowhere.</summary>
    public string Endpoint { get; private init; } = "";

    /// <param name="way"><c>none</c>: nothing is sent; <c>present</c>, <c>absent</c>, <c>hung</c>, or <c>killed</c> in the middle.</param>
    public static async Task<BenchCollector> StartAsync(string way)
    {
        switch (way)
        {
            case "present" or "killed":
                var receiver = await OtlpReceiver.StartAsync();
                return new BenchCollector(way == "killed") { _receiver = receiver, Endpoint = receiver.Endpoint };
            case "hung":
                var silent = new SilentServer();
                return new BenchCollector(false) { _silent = silent, Endpoint = silent.Endpoint };
            default:
                return new BenchCollector(false) { Endpoint = way == "absent" ? "http://127.0.0.1:9" : "" };
        }
    }

    /// <summary>Called at half time.</summary>
    public async Task InTheMiddleAsync()
    {
        if (_isKilled)
        {
            await DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_receiver is { } receiver)
        {
            _receiver = null;
            await receiver.DisposeAsync();
        }

        _silent?.Dispose();
        _silent = null;
    }
}
