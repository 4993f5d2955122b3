using System.Net;
using System.Net.Sockets;
using Analytics.AppHost.Publishing;
using Analytics.Testing;

namespace Analytics.AppHost.Tests.Publishing;

/// <summary>The publish as a program: what it writes, and how it ends.</summary>
public sealed class PublishTests : IDisposable
{
    private const string Refresh = "Run: dotnet aspire publish --project AppHost -o deploy --non-interactive";

    private static readonly string Committed = Path.Combine(RepositoryFiles.Root, "deploy");

    private readonly string _output = Directory.CreateTempSubdirectory("analytics-publish-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Fact]
    public async Task Publish_Committed_IsWhatTheModelSays()
    {
        var (exitCode, said) = await PublishProgram.RunAsync(_output);

        Assert.True(exitCode == 0, said);
        var fresh = PublishProgram.Files(_output);
        var committed = PublishProgram.Files(Committed);
        Assert.InRange(fresh.Count, 5, 200);
        foreach (var (path, content) in fresh)
        {
            Assert.True(committed.TryGetValue(path, out var text), $"deploy/{path} is not committed. {Refresh}");
            Assert.True(content == text, $"deploy/{path} is not what the model says now. {Refresh}\n--- fresh\n{content}\n--- committed\n{text}");
        }

        // What nobody writes any more would be believed for ever; scripts by hand are at the top, and a person's .env is not committed.
        string[] folders = [.. fresh.Keys.Where(p => p.Contains('/', StringComparison.Ordinal)).Select(p => p[..(p.IndexOf('/', StringComparison.Ordinal) + 1)]).Distinct()];
        Assert.Empty(committed.Keys.Where(p => folders.Any(f => p.StartsWith(f, StringComparison.Ordinal)) && !p.EndsWith("/.env", StringComparison.Ordinal)).Except(fresh.Keys));
    }

    [Fact]
    public async Task Publish_Twice_WritesTheSameBytesAndLeavesOthersAlone()
    {
        Directory.CreateDirectory(Path.Combine(_output, "docker"));
        await File.WriteAllTextAsync(Path.Combine(_output, "by-hand.sh"), "echo\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_output, "docker", ".env"), "POSTGRES_PASSWORD=x\n", TestContext.Current.CancellationToken);

        Assert.Equal(0, (await PublishProgram.RunAsync(_output)).ExitCode);
        var first = PublishProgram.Files(_output);
        Assert.Equal(0, (await PublishProgram.RunAsync(_output)).ExitCode);

        Assert.Equal(first, PublishProgram.Files(_output));
        Assert.Equal("echo\n", first["by-hand.sh"]);
        Assert.Equal("POSTGRES_PASSWORD=x\n", first["docker/.env"]);
    }

    /// <summary>Nothing of this machine is asked for, and nothing of it, least of all a secret, gets into a file.</summary>
    [Fact]
    public async Task Publish_MachineWithSecretsAndWithoutPrograms_WritesTheSame()
    {
        const string Secret = "m4rker-0f-a-secret";
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var dotnet = Path.GetDirectoryName(Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : TestServers.FindProgram("dotnet"))!;
        var (exitCode, said) = await PublishProgram.RunAsync(_output, new()
        {
            ["PATH"] = dotnet,
            ["Data__Folder"] = "/proc/no-folder-can-be-made-here",
            ["ConnectionStrings__analytics"] = $"Host=db;Password={Secret}",
            ["Parameters__postgres_password"] = Secret,
            ["Parameters__postgres-password"] = Secret,
            ["Parameters__predict-key-sha256"] = Secret,
            ["Parameters__aws-secret-access-key"] = Secret,
            ["Store__Url"] = $"s3://{Secret}",
            ["AWS_ACCESS_KEY_ID"] = Secret,
            ["AWS_SECRET_ACCESS_KEY"] = Secret,
        });

        Assert.True(exitCode == 0, said);
        var files = PublishProgram.Files(_output);
        Assert.All(files, file => Assert.DoesNotContain(Secret, file.Value, StringComparison.Ordinal));
        Assert.Equal(PublishProgram.Files(Committed).Where(f => files.ContainsKey(f.Key)), files);
    }

    [Fact]
    public async Task Publish_StepFails_ExitsWithOne()
    {
        var (exitCode, said) = await PublishProgram.RunAsync("/dev/null/no-folder");

        Assert.Equal(1, exitCode);
        Assert.Contains("/dev/null/no-folder", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PublishByTheCli_StepFails_ExitsWithOneAndOtherwiseWritesTheSame()
    {
        var (restored, whyNot) = await PublishProgram.DotnetAsync(["tool", "restore"]);
        Assert.True(restored == 0, whyNot);
        string[] command = ["aspire", "publish", "--project", "AppHost", "--no-build", "--non-interactive", "-o"];

        var (failed, said) = await PublishProgram.DotnetAsync([.. command, "/dev/null/no-folder"]);
        Assert.NotEqual(0, failed);
        Assert.Contains("/dev/null/no-folder", said, StringComparison.Ordinal);

        var (exitCode, output) = await PublishProgram.DotnetAsync([.. command, _output]);
        Assert.True(exitCode == 0, output);
        var files = PublishProgram.Files(_output);
        Assert.Equal(PublishProgram.Files(Committed).Where(f => files.ContainsKey(f.Key)), files);
    }

    [Fact]
    public async Task Output_FileOfAnEarlierPublish_IsRemovedWithItsEmptyFolder()
    {
        await OutputFolder.WriteAsync(_output, [new("old/gone.yaml", "a\n"), new("old/kept.yaml", "b\n"), new("other/gone.yaml", "c\n")], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_output, "old", "by-hand.txt"), "", TestContext.Current.CancellationToken);

        await OutputFolder.WriteAsync(_output, [new("old/kept.yaml", "b\n"), new("new/run.sh", "d\n", IsExecutable: true)], TestContext.Current.CancellationToken);

        Assert.Equal(["generated.txt", "new/run.sh", "old/by-hand.txt", "old/kept.yaml"], PublishProgram.Files(_output).Keys);
        Assert.False(Directory.Exists(Path.Combine(_output, "other")));
        Assert.True(File.GetUnixFileMode(Path.Combine(_output, "new", "run.sh")).HasFlag(UnixFileMode.UserExecute));
    }

    [Theory]
    [InlineData("../outside", "x\n", "'../outside' is no path of a published file; expected one below the output folder, with '/'.")]
    [InlineData("/etc/passwd", "x\n", "'/etc/passwd' is no path of a published file; expected one below the output folder, with '/'.")]
    [InlineData("a", "x", "a: expected lines that end with LF, the last one too.")]
    [InlineData("a", "x\r\n", "a: expected lines that end with LF, the last one too.")]
    public async Task Output_WrongFile_IsRefused(string path, string content, string expected)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => OutputFolder.WriteAsync(_output, [new(path, content)], TestContext.Current.CancellationToken));

        Assert.Equal(expected, error.Message);
    }

    [Fact]
    public async Task Output_ListEditedByHand_RemovesNothingElsewhere()
    {
        var outside = Path.Combine(_output, "mine.txt");
        var folder = Path.Combine(_output, "deploy");
        await OutputFolder.WriteAsync(folder, [new("a", "x\n")], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(outside, "", TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(Path.Combine(folder, OutputFolder.List), $"../mine.txt\n{outside}\n", TestContext.Current.CancellationToken);

        await OutputFolder.WriteAsync(folder, [new("a", "x\n")], TestContext.Current.CancellationToken);

        Assert.True(File.Exists(outside));
    }
}
