using System.Diagnostics;
using System.Globalization;
using Analytics.Testing;

namespace Analytics.Benchmarks.KillWorkers;

/// <summary>A trainer as it is deployed: a process of its own, that starts again where it was killed.</summary>
internal sealed class TrainerProcess : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly string _log;
    private readonly HttpClient _client = new();
    private Process? _process;

    /// <param name="settings">Configuration, such as <c>Store:Url</c>.</param>
    /// <param name="log">The file that its output is added to.</param>
    public TrainerProcess(IReadOnlyDictionary<string, string> settings, string log) => (_settings, _log) = (settings, log);

    /// <summary>Its number in the system, which is a part of its name in the rows of runs.</summary>
    public int Id => _process!.Id;

    /// <summary>The attempts that it has started and that still run.</summary>
    public static List<int> AttemptsOf(int worker) =>
        [.. Children(worker).Where(id => CommandLine(id).Contains("\0attempt\0", StringComparison.Ordinal))];

    /// <summary>The attempts, of any worker, that work in this folder.</summary>
    public static List<int> AttemptsIn(string folder) =>
        [.. AllIds().Where(id => CommandLine(id) is var line && line.Contains("\0attempt\0", StringComparison.Ordinal) && line.Contains(folder, StringComparison.Ordinal))];

    /// <summary>Starts it and waits until it works.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var folder = BenchFiles.Output("Trainer.Worker");
        var port = TestServers.FreePort();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, "Analytics.Trainer.Worker.dll")])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}";
        start.Environment["Trainer__TrainSamples"] = "false";
        foreach (var (name, value) in _settings)
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var process = Process.Start(start)!;
        _process = process;
        _ = CopyAsync(process.StandardOutput);
        _ = CopyAsync(process.StandardError);
        var began = Stopwatch.GetTimestamp();
        while (!await IsReadyAsync(port, cancellationToken))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(began) > StartTimeout)
            {
                throw new InvalidOperationException($"The trainer is not ready; its log is {_log}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    /// <summary>Ends it as a power cut would; its attempt has to notice by itself.</summary>
    public void Kill()
    {
        if (_process is { } process)
        {
            Signals.Kill(process.Id);
            process.WaitForExit();
            process.Dispose();
            _process = null;
        }
    }

    public void Dispose()
    {
        Kill();
        _client.Dispose();
    }

    private static IEnumerable<int> AllIds() => Directory.GetDirectories("/proc")
        .Select(f => int.TryParse(Path.GetFileName(f), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0).Where(id => id > 0);

    private static IEnumerable<int> Children(int parent) =>
        Read($"/proc/{parent}/task/{parent}/children") is { Length: > 0 } own ? Numbers(own) : AllIds().Where(id => Parent(id) == parent);

    private static IEnumerable<int> Numbers(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(n => int.Parse(n, CultureInfo.InvariantCulture));

    // Behind the name, which is in parentheses and may hold anything: state, then the parent.
    private static int Parent(int id) =>
        Read($"/proc/{id}/stat") is { Length: > 0 } stat
            ? int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture)
            : 0;

    private static string CommandLine(int id) => Read($"/proc/{id}/cmdline");

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has just ended.
            return "";
        }
    }

    private async Task<bool> IsReadyAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _client.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"), cancellationToken);
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
