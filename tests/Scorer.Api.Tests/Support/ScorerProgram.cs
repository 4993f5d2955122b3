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
        Client = new HttpClient { BaseAddress = new Uri(url) };
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
