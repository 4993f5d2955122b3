using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Analytics.Testing;

namespace Analytics.Benchmarks.Load;

/// <summary>The scorer as it is deployed: its own process, compiled ahead of time as in its image, on a port of its own that stays over restarts.</summary>
internal sealed class ScorerProcess : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    /// <summary>The API key of whoever asks: a scorer in Production answers nobody else.</summary>
    public const string Key = "the-key-of-the-benchmarks";

    private readonly Dictionary<string, string> _settings;
    private readonly string _log;
    private Process? _process;

    /// <param name="settings">Configuration, such as <c>Store:Url</c>.</param>
    /// <param name="log">The file that its output is added to.</param>
    public ScorerProcess(IReadOnlyDictionary<string, string> settings, string log)
    {
        var port = TestServers.FreePort();
        _log = log;
        Address = new IPEndPoint(IPAddress.Loopback, port);
        Client = new HttpClient { BaseAddress = new Uri($"http://{Address}") };
        Client.DefaultRequestHeaders.Add("X-Api-Key", Key);
        _settings = new(settings);
    }

    public IPEndPoint Address { get; }

    /// <summary>For what is asked beside the load.</summary>
    public HttpClient Client { get; }

    /// <summary>How a scorer is started in production: it answers on the port, to the bearer of <see cref="Key"/>.</summary>
    public static ProcessStartInfo StartInfo(int port, IReadOnlyDictionary<string, string> settings)
    {
        // Not the copy beside this program: its own folder has its own settings file.
        var folder = BenchFiles.Published("Scorer.Api");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, "Analytics.Scorer.Api.dll")]) { WorkingDirectory = folder };
        var all = new Dictionary<string, string>(settings)
        {
            ["ApiKeys:predict:0:Name"] = "bench",
            ["ApiKeys:predict:0:Sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key))),
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
        };
        foreach (var (name, value) in all)
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        return start;
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var start = StartInfo(Address.Port, _settings);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _ = CopyAsync(_process.StandardOutput);
        _ = CopyAsync(_process.StandardError);
        var started = Stopwatch.GetTimestamp();
        while (!await IsReadyAsync(cancellationToken))
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > StartTimeout)
            {
                throw new InvalidOperationException($"The scorer is not ready; its last words:\n{LastLines()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    /// <summary>Ends it as a power cut would.</summary>
    public void Kill()
    {
        if (_process is { } process)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>Ends it as an operator does, with SIGTERM; how long that took.</summary>
    public async Task<TimeSpan> StopAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await TestServers.RunAsync("/bin/kill", ["-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>A line of <c>/proc/{pid}/status</c>, in bytes: <c>VmRSS</c>, <c>RssAnon</c> …</summary>
    public long Memory(string name)
    {
        var line = File.ReadLines($"/proc/{_process!.Id}/status").First(l => l.StartsWith($"{name}:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>The processor time it has used.</summary>
    public TimeSpan ProcessorTime()
    {
        _process!.Refresh();
        return _process.TotalProcessorTime;
    }

    public string LastLines() => string.Join('\n', File.Exists(_log) ? File.ReadLines(_log).TakeLast(20) : []);

    public void Dispose()
    {
        Kill();
        Client.Dispose();
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Client.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task CopyAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_settings)
            {
                File.AppendAllText(_log, line + '\n');
            }
        }
    }
}
