using System.Diagnostics;
using Analytics.Testing;

namespace Analytics.Benchmarks.Http;

/// <summary>A server in a process of its own, on a port of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    private ServerProcess(Process process, int port)
    {
        _process = process;
        Url = $"http://127.0.0.1:{port}";
    }

    public string Url { get; }

    /// <summary>Starts it and waits until <paramref name="readyPath"/> answers with success.</summary>
    public static async Task<ServerProcess> StartAsync(
        Func<int, ProcessStartInfo> start, string readyPath, CancellationToken cancellationToken)
    {
        var port = TestServers.FreePort();
        var info = start(port);
        var process = Process.Start(info) ?? throw new InvalidOperationException($"'{info.FileName}' did not start.");
        var server = new ServerProcess(process, port);
        try
        {
            await server.WaitAsync(info.FileName, readyPath, cancellationToken);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private async Task WaitAsync(string program, string path, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = new Uri(Url) };
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < StartTime)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"'{program}' ended with {_process.ExitCode}; its messages are above.");
            }

            try
            {
                using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100, cancellationToken);
        }

        throw new TimeoutException($"'{program}' did not answer {path} in {StartTime.TotalSeconds} s.");
    }
}
