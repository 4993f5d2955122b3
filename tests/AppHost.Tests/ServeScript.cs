using System.Diagnostics;
using System.Globalization;
using Analytics.AppHost.Postgres;
using Analytics.Testing;
using Npgsql;

namespace Analytics.AppHost.Tests;

/// <summary>One run of <c>serve-postgres.sh</c>, as the orchestrator starts it.</summary>
internal sealed class ServeScript : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly ServerFolder _folder;
    private readonly int _port;

    private ServeScript(Process process, ServerFolder folder, int port)
    {
        (_process, _folder, _port) = (process, folder, port);
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The script's process, or that of the shell that started it.</summary>
    public int Id => _process.Id;

    /// <summary>The server's process.</summary>
    public int ServerId => int.Parse(File.ReadLines(Path.Combine(_folder.Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    public string ConnectionString =>
        $"Host=127.0.0.1;Port={_port};Username=postgres;Password={_folder.Password};Database=postgres;Timeout=2;Pooling=false";

    /// <summary>Starts the script; with <paramref name="throughShell"/> as the child of a shell that only waits for it.</summary>
    public static ServeScript Start(string folder, bool throughShell = false)
    {
        PostgresServer.RequirePrograms();
        var programs = LocalPostgres.Find(folder, Environment.GetEnvironmentVariable("PATH")).Programs!;
        var server = ServerFolder.Open(folder);
        var port = TestServers.FreePort();
        string[] command =
        [
            "/bin/sh", Path.Combine(RepositoryFiles.Root, "AppHost", "Postgres", "serve-postgres.sh"),
            programs.Folder, server.Path, port.ToString(CultureInfo.InvariantCulture),
        ];
        string[] arguments = throughShell ? ["-c", "\"$@\" & wait", "starter", .. command] : command[1..];
        var process = Process.Start(new ProcessStartInfo("/bin/sh", arguments) { RedirectStandardError = true })!;
        return new ServeScript(process, server, port);
    }

    /// <summary>Waits until the server takes connections.</summary>
    public async Task<ServeScript> ReadyAsync()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await ExecuteAsync("SELECT 1");
                return this;
            }
            catch (NpgsqlException) when (watch.Elapsed < Patience && !_process.HasExited)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
            catch (NpgsqlException e) when (_process.HasExited)
            {
                throw new InvalidOperationException($"The script ended with {_process.ExitCode}: {await _error}", e);
            }
        }
    }

    public async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    public Task SignalAsync(string signal, int? process = null) =>
        TestServers.RunAsync("/bin/kill", [$"-{signal}", (process ?? Id).ToString(CultureInfo.InvariantCulture)]);

    /// <summary>Waits for the script's end; its exit code and what it said.</summary>
    public async Task<(int ExitCode, string Error)> EndAsync()
    {
        using var timeout = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(timeout.Token);
        return (_process.ExitCode, await _error);
    }

    /// <summary>Waits until a process is gone.</summary>
    public static async Task GoneAsync(int process)
    {
        var watch = Stopwatch.StartNew();
        while (Directory.Exists($"/proc/{process}"))
        {
            Assert.True(watch.Elapsed < Patience, $"process {process} is still there after {Patience.TotalSeconds} s");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync("TERM");
            await EndAsync();
        }

        _process.Dispose();
    }
}
