using System.Diagnostics;
using System.Globalization;
using Analytics.Testing;
using Npgsql;

namespace Analytics.AppHost.Tests;

/// <summary>The local PostgreSQL: its data outlives every way of ending, and it ends after its clients.</summary>
public sealed class ServePostgresTests : IDisposable
{
    // The orchestrator kills what has not ended 6 s after SIGTERM.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(6);

    private readonly string _root = Directory.CreateTempSubdirectory("analytics-serve-").FullName;

    // As a repository's folder is: the server's user gets through.
    public ServePostgresTests() => File.SetUnixFileMode(_root, (UnixFileMode)0b111_101_101);

    private string Folder => Path.Combine(_root, "postgres");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Serve_SecondStart_FindsTheDataOfTheFirst()
    {
        await using (var first = await ServeScript.Start(Folder).ReadyAsync())
        {
            await first.ExecuteAsync("CREATE TABLE kept (value int); INSERT INTO kept VALUES (42)");
            await first.SignalAsync("TERM");
            Assert.Equal(0, (await first.EndAsync()).ExitCode);
        }

        await using var second = await ServeScript.Start(Folder).ReadyAsync();
        Assert.Equal(42, await second.ExecuteAsync("SELECT value FROM kept"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Serve_ClientWritesForTwoSecondsAfterTheSignal_LosesNothing(bool keepsConnection)
    {
        var written = 0;
        await using (var server = await ServeScript.Start(Folder).ReadyAsync())
        {
            await server.ExecuteAsync("CREATE TABLE kept (value int)");
            await using var kept = new NpgsqlConnection(server.ConnectionString);
            if (keepsConnection)
            {
                await kept.OpenAsync(TestContext.Current.CancellationToken);
            }

            await server.SignalAsync("TERM");
            for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(2); written++)
            {
                await using var fresh = keepsConnection ? null : new NpgsqlConnection(server.ConnectionString);
                await (fresh?.OpenAsync(TestContext.Current.CancellationToken) ?? Task.CompletedTask);
                await using var insert = new NpgsqlCommand("INSERT INTO kept VALUES (1)", fresh ?? kept);
                await insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
                // The pace of a service that writes a batch now and then.
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }

            await kept.CloseAsync();
            Assert.Equal(0, (await server.EndAsync()).ExitCode);
        }

        await using var next = await ServeScript.Start(Folder).ReadyAsync();
        Assert.Equal((long)written, await next.ExecuteAsync("SELECT count(*) FROM kept"));
    }

    [Fact]
    public async Task Serve_ClientNeverLeaves_EndsWithinTheOrchestratorsGrace()
    {
        await using var server = await ServeScript.Start(Folder).ReadyAsync();
        await using var stays = new NpgsqlConnection(server.ConnectionString);
        await stays.OpenAsync(TestContext.Current.CancellationToken);
        var id = server.ServerId;

        var watch = Stopwatch.StartNew();
        await server.SignalAsync("TERM");
        var (exitCode, _) = await server.EndAsync();

        Assert.Equal(0, exitCode);
        Assert.True(watch.Elapsed < Grace, $"took {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.False(Directory.Exists($"/proc/{id}"), "the server outlived its script");
    }

    [Fact]
    public async Task Serve_EverythingKilled_StartsAgainWithItsData()
    {
        await using (var first = await ServeScript.Start(Folder).ReadyAsync())
        {
            await first.ExecuteAsync("CREATE TABLE kept (value int); INSERT INTO kept VALUES (42)");
            var server = first.ServerId;
            await first.SignalAsync("KILL");
            await first.SignalAsync("KILL", server);
            await first.EndAsync();
        }

        await using var second = await ServeScript.Start(Folder).ReadyAsync();
        Assert.Equal(42, await second.ExecuteAsync("SELECT value FROM kept"));
    }

    [Fact]
    public async Task Serve_NumberOfLastServerNowAnotherProcess_Starts()
    {
        await using (var first = await ServeScript.Start(Folder).ReadyAsync())
        {
        }

        // As after a power cut: the file is there, and its number belongs to a process that lives.
        await File.WriteAllTextAsync(
            Path.Combine(Folder, "data", "postmaster.pid"),
            string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n{Folder}/data\n"),
            TestContext.Current.CancellationToken);

        await using var second = await ServeScript.Start(Folder).ReadyAsync();
        Assert.Equal(1, await second.ExecuteAsync("SELECT 1"));
    }

    [Fact]
    public async Task Serve_ScriptKilledButNotItsServer_NextStartTakesOver()
    {
        await using var first = await ServeScript.Start(Folder).ReadyAsync();
        var orphan = first.ServerId;
        await first.SignalAsync("KILL");
        await ServeScript.GoneAsync(first.Id);

        await using var second = await ServeScript.Start(Folder).ReadyAsync();

        Assert.NotEqual(orphan, second.ServerId);
        await ServeScript.GoneAsync(orphan);
    }

    [Fact]
    public async Task Serve_StarterKilled_LeavesNothingBehind()
    {
        await using var started = await ServeScript.Start(Folder, throughShell: true).ReadyAsync();
        var server = started.ServerId;

        await started.SignalAsync("KILL");

        await ServeScript.GoneAsync(server);
    }

    [Fact]
    public async Task Serve_AnotherIsRunningOnTheData_LeavesItAloneAndSaysWhatToDo()
    {
        await using var first = await ServeScript.Start(Folder).ReadyAsync();

        await using var second = ServeScript.Start(Folder);
        var (exitCode, error) = await second.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("another AppHost is running", error, StringComparison.Ordinal);
        Assert.Contains("Data:Folder", error, StringComparison.Ordinal);
        Assert.Equal(1, await first.ExecuteAsync("SELECT 1"));
    }

    [Fact]
    public async Task Serve_WithoutPassword_IsRefused()
    {
        await using var server = await ServeScript.Start(Folder).ReadyAsync();
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "guess" }.ConnectionString);

        var error = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(TestContext.Current.CancellationToken));

        Assert.Equal(PostgresErrorCodes.InvalidPassword, error.SqlState);
    }

    [Fact]
    public void Folder_FirstStart_KeepsThePasswordFromOthers()
    {
        var folder = AppHost.Postgres.ServerFolder.Open(Folder);

        Assert.Equal(32, folder.Password.Length);
        Assert.Equal(folder, AppHost.Postgres.ServerFolder.Open(Folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder, "password")));
    }

    [Fact]
    public void Reachable_DataUnderAClosedFolder_IsPutWhereTheServersUserGets()
    {
        PostgresServer.RequirePrograms();
        Assert.SkipUnless(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux(), "Only root changes to another user.");
        File.SetUnixFileMode(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var elsewhere = AppHost.Postgres.LocalPostgres.Reachable(Folder);
        try
        {
            Assert.StartsWith("/var/lib/analytics/", elsewhere, StringComparison.Ordinal);
            Assert.Equal(elsewhere, AppHost.Postgres.ServerFolder.Open(AppHost.Postgres.LocalPostgres.Reachable(Folder)).Path);

            Directory.Delete(elsewhere, recursive: true);
            Assert.Equal(elsewhere, AppHost.Postgres.LocalPostgres.Reachable(Folder));
            Assert.True(Directory.Exists(Folder));
        }
        finally
        {
            Directory.Delete(elsewhere, recursive: true);
        }
    }
}
