using Analytics.AppHost.Postgres;

namespace Analytics.AppHost.Tests;

/// <summary>The looks around a machine, with programs made for the test.</summary>
public sealed class ProbeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("analytics-probe-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ContainerRuntime_EngineAnswers_IsFound()
    {
        Assert.True(ContainerRuntime.Find(Script("runtime", "exit 0"), TimeSpan.FromSeconds(30)).Found);
    }

    [Theory]
    [InlineData("Docker version 20.10.24+dfsg1, build 297e128", false)]
    [InlineData("Docker version 24.0.9, build 2936816", false)]
    [InlineData("Docker version 25.0.0, build e758fe5", true)]
    [InlineData("Docker version 28.2.2, build e6534b4", true)]
    [InlineData("podman version 4.3.1", true)]
    public void ContainerRuntime_Version_IsOneThatTheOrchestratorTakes(string version, bool expected)
    {
        // The orchestrator calls an older client unhealthy and its containers get no state: the application would wait for ever.
        var finding = ContainerRuntime.Find(Script("runtime", $"[ $1 = info ] || echo '{version}'"), TimeSpan.FromSeconds(30));

        Assert.Equal(expected, finding.Found);
    }

    [Fact]
    public void ContainerRuntime_ClientWithoutEngine_IsNotFoundAndSaysWhatItSaid()
    {
        var finding = ContainerRuntime.Find(Script("runtime", "echo 'Cannot connect to the daemon.' >&2; exit 1"), TimeSpan.FromSeconds(30));

        Assert.False(finding.Found);
        Assert.Contains("engine does not answer (Cannot connect to the daemon)", finding.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void ContainerRuntime_EngineHangs_IsGivenUp()
    {
        var finding = ContainerRuntime.Find(Script("runtime", "exec sleep 600"), TimeSpan.FromMilliseconds(200));

        Assert.False(finding.Found);
        Assert.Contains("did not answer within", finding.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void ContainerRuntime_NotInstalled_IsNotFound()
    {
        var finding = ContainerRuntime.Find(Path.Combine(_folder, "nothing"), TimeSpan.FromSeconds(30));

        Assert.False(finding.Found);
        Assert.EndsWith("is not installed", finding.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LocalPrograms_SeveralVersions_AreAllFoundInOrder()
    {
        var new17 = Programs("17", "postgres (PostgreSQL) 17.2 (Debian 17.2-1)");
        var old15 = Programs("15", "postgres (PostgreSQL) 15.9");
        var incomplete = Directory.CreateDirectory(Path.Combine(_folder, "client-only")).FullName;

        var found = await LocalPrograms.FindAsync([incomplete, new17, old15, Path.Combine(_folder, "absent")]);

        Assert.Equal([new LocalPrograms(new17, 17), new LocalPrograms(old15, 15)], found);
    }

    [Fact]
    public void Find_DataOfAnotherVersion_NamesBoth()
    {
        var data = Directory.CreateDirectory(Path.Combine(_folder, "server", "data")).FullName;
        File.WriteAllText(Path.Combine(data, "PG_VERSION"), "3\n");
        var path = Programs("17", "postgres (PostgreSQL) 17.2");

        var (finding, programs) = LocalPostgres.Find(Path.Combine(_folder, "server"), path);

        Assert.Null(programs);
        Assert.Contains("was made by PostgreSQL 3, installed is 17", finding.Detail, StringComparison.Ordinal);
    }

    private string Programs(string folder, string version)
    {
        Directory.CreateDirectory(Path.Combine(_folder, folder));
        Script($"{folder}/initdb", "exit 0");
        Script($"{folder}/psql", "exit 0");
        Script($"{folder}/postgres", $"echo '{version}'");
        return Path.Combine(_folder, folder);
    }

    private string Script(string name, string body)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
