using System.Diagnostics;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>The scorer as a process of its own, which a test can kill.</summary>
internal sealed class ScorerProgram(IReadOnlyDictionary<string, string> settings) : IDisposable
{
    private readonly int _port = TestServers.FreePort();
    private Process? _process;

    public HttpClient Client { get; private set; } = new();

    public async Task StartAsync()
    {
        var url = $"http://127.0.0.1:{_port}";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Analytics.Scorer.Api.dll")])
        {
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.Environment["ASPNETCORE_URLS"] = url;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["Logging__LogLevel__Default"] = "Error";
        foreach (var (name, value) in settings)
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        _process = Process.Start(start)!;
        Client.Dispose();
        // A caller that knows nothing of traces: this process's other tests would decide about the program's.
        Client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = new Uri(url) };
        await Eventually.TrueAsync(IsReadyAsync, "the scorer is ready", 60);
    }

    /// <summary>Ends it with SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>Ends it with SIGTERM; its exit code and how long that took.</summary>
    public async Task<(int ExitCode, TimeSpan Time)> StopAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        await TestServers.RunAsync("/bin/kill", ["-TERM", $"{_process!.Id}"], TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (_process.ExitCode, TimeProvider.System.GetElapsedTime(started));
    }

    /// <summary>Its resident memory.</summary>
    public long ResidentBytes()
    {
        _process!.Refresh();
        return _process.WorkingSet64;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
        }

        _process?.Dispose();
        Client.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        Assert.False(_process!.HasExited, "The scorer has ended.");
        try
        {
            using var answer = await Client.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
