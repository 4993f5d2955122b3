using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Xunit;

namespace Analytics.Testing;

/// <summary>
/// A real PostgreSQL for a test assembly (<c>[assembly: AssemblyFixture(typeof(PostgresServer))]</c>): its own data folder and
/// port, started at the first use, removed at the end. Tests take a database of their own from it.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"analytics-pg-{Guid.NewGuid():N}");
    private readonly int _port = TestServers.FreePort();
    private Process? _server;
    private bool _initialized;

    /// <summary>True for a server that writes through to the disk. Default: false, for test data need not survive the machine.</summary>
    public bool Durable { get; init; }

    /// <summary>What the user <c>postgres</c> must give. Default: none, everybody is let in.</summary>
    public string? Password { get; init; }

    /// <summary>The server's certificate with its key, in PEM, to offer TLS. Default: none.</summary>
    public (string Certificate, string Key)? Tls { get; init; }

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Skips the test where PostgreSQL's server programs are not installed, fails it where <c>CI</c> is set.</summary>
    public static void RequirePrograms()
    {
        if (TestServers.FindProgram("setpriv") is null || Program("postgres") is null || Program("initdb") is null)
        {
            TestServers.SkipOrFail("PostgreSQL's server programs (postgres, initdb) are not installed.");
        }
    }

    /// <summary>Creates an empty database and returns its connection string. Skips the test where no PostgreSQL is installed.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        await StartAsync();
        var name = $"test_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name}";
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>Starts the server when it is not running, on the same port and data as before.</summary>
    public async Task StartAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_server is { HasExited: false })
            {
                return;
            }

            if (!_initialized)
            {
                await InitializeFolderAsync();
                _initialized = true;
            }

            _server = Process.Start(AsServerUser(Program("postgres"), [
                "-D", Path.Combine(_folder, "data"), "-p", _port.ToString(CultureInfo.InvariantCulture), "-k", _folder,
                "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=500",
                "-c", Tls is null ? "ssl=off" : "ssl=on",
                "-c", Durable ? "fsync=on" : "fsync=off", "-c", "log_min_messages=fatal"]))!;
            await WaitUntilReadyAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Stops the server at once, as an outage would; open connections are cut.</summary>
    public async Task StopAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_server is { HasExited: false } server)
            {
                // SIGINT asks for a fast shutdown.
                await TestServers.RunAsync("/bin/kill", ["-INT", PostmasterId()]);
                await server.WaitForExitAsync();
            }

            NpgsqlConnection.ClearAllPools();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }

        _server?.Dispose();
        _gate.Dispose();
    }

    private string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = _port,
            Username = "postgres",
            Database = database,
            Password = Password,
            Timeout = 5,
            // A service's pool outlives it in the process of the tests, and each test has a database of its own: without this their idle
            // connections would be more than the server has.
            ConnectionIdleLifetime = 5,
            ConnectionPruningInterval = 1,
            // So that an error of a test shows what the database refused.
            IncludeErrorDetail = true,
        }.ConnectionString;

    private async Task InitializeFolderAsync()
    {
        RequirePrograms();
        Directory.CreateDirectory(_folder);
        if (Environment.IsPrivilegedProcess)
        {
            await TestServers.RunAsync("chown", ["postgres", _folder]);
        }

        using var initdb = Process.Start(AsServerUser(Program("initdb"), [
            "-D", Path.Combine(_folder, "data"), "-U", "postgres", "--encoding=UTF8", "--no-locale", "--no-sync",
            .. Password is null ? (string[])["--auth=trust"] : ["--auth=scram-sha-256", $"--pwfile={await WriteAsync("password", Password)}"]]))!;
        await initdb.WaitForExitAsync();
        Assert.Equal(0, initdb.ExitCode);
        if (Tls is { } tls)
        {
            await WriteAsync("data/server.crt", tls.Certificate);
            await WriteAsync("data/server.key", tls.Key);
        }
    }

    /// <summary>Writes a file that the server's user alone may read.</summary>
    private async Task<string> WriteAsync(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(path, content);
        await TestServers.RunAsync("chmod", ["600", path]);
        if (Environment.IsPrivilegedProcess)
        {
            await TestServers.RunAsync("chown", ["postgres", path]);
        }

        return path;
    }

    private async Task WaitUntilReadyAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (attempt < 300 && _server is { HasExited: false })
            {
                await Task.Delay(100);
            }
        }
    }

    private string PostmasterId() => File.ReadLines(Path.Combine(_folder, "data", "postmaster.pid")).First();

    // PostgreSQL refuses to run as root.
    private ProcessStartInfo AsServerUser(string? program, string[] arguments)
    {
        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", "--", program!, .. arguments])
            : new ProcessStartInfo(program!, arguments);
        start.WorkingDirectory = _folder;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return start;
    }

    private static string? Program(string name) => TestServers.FindProgram(
        name, Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).OrderDescending(StringComparer.Ordinal) : []);
}
