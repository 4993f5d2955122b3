using System.Diagnostics;
using Analytics.Deployment.Tests.Stages;

namespace Analytics.Deployment.Tests;

/// <summary>The way to one host over SSH, from the workflow's command to the containers.</summary>
public sealed class HostDeployTests : IDisposable
{
    private const string Registry = "111122223333.dkr.ecr.us-east-2.amazonaws.com";
    private const string Stored = "/opt/analytics/releases";

    private readonly Stage _stage = new("host.sh", "ssh", "sudo", "sshd", "systemctl", "dnf", "docker", "curl", "aws", "sleep");

    public HostDeployTests()
    {
        _stage.Environment["ANALYTICS_ROOT"] = _stage.Folder;
        _stage.Environment["READY_WITHIN"] = "0";
        _stage.Environment["EC2_HOST"] = "host.example.com";
        _stage.Environment["EC2_SSH_KEY"] = "the private key";
        _stage.Environment["EC2_HOST_KEY"] = "ssh-ed25519 AAAAC3Nza";
        _stage.Environment["HOST_ENV"] = "POSTGRES_PASSWORD=secret-of-the-host";
        Directory.CreateDirectory(_stage.In("opt"));
        DeployStage.CopyScripts(_stage);
        _stage.Write("deploy/docker/compose.yaml", "services: {}\n");
        _stage.Write("deploy/docker/collector.yaml", "receivers: {}\n");
    }

    public void Dispose() => _stage.Dispose();

    [Fact]
    public async Task Deploy_NewHost_InOrder()
    {
        var outcome = await DeployAsync("r1");

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Equal(
        [
            "sshd -t",
            "systemctl reload sshd.service",
            "sshd -T",
            "systemctl enable --now docker.service",
            "docker container ls --all --quiet",
            "docker image ls --all --quiet --no-trunc",
            $"docker login --username AWS --password-stdin {Registry}",
            $"{Compose("r1")} pull --quiet",
            $"{Compose("r1")} up --detach --remove-orphans",
            "curl -fsS --max-time 5 --output /dev/null http://localhost:5001/health/ready",
            "curl -fsS --max-time 5 --output /dev/null http://localhost:5000/health/ready",
            $"{Compose("r1")} config --images",
            "docker container ls --all --quiet",
            $"docker image inspect --format {{{{.Id}}}} {Image("scorer", 'a')}",
            $"docker image inspect --format {{{{.Id}}}} {Image("trainer", 'a')}",
            "docker image ls --all --quiet --no-trunc",
        ], _stage.Record.SkipWhile(l => l != "sshd -t"));
        Assert.Equal($"SCORER_IMAGE={Image("scorer", 'a')}\nTRAINER_IMAGE={Image("trainer", 'a')}\n", _stage.Read("opt/analytics/current/images.env"));
    }

    [Fact]
    public async Task Deploy_Ssh_TrustsOnlyTheKnownHostAndNoPassword()
    {
        await DeployAsync("r1");

        var calls = _stage.Record.Where(l => l.StartsWith("ssh ", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(calls);
        Assert.All(calls, call =>
        {
            Assert.StartsWith("ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o PasswordAuthentication=no ", call, StringComparison.Ordinal);
            Assert.Contains(" -o UserKnownHostsFile=TMP/known_hosts ec2-user@host.example.com ", call, StringComparison.Ordinal);
            Assert.DoesNotContain("token-of-today", call, StringComparison.Ordinal);
            Assert.DoesNotContain("secret-of-the-host", call, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Deploy_SecretsOnTheHost_AreForRootAlone()
    {
        await DeployAsync("r1");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_stage.In("opt/analytics/current/.env")));
        Assert.Contains("PasswordAuthentication no", _stage.Read("etc/ssh/sshd_config.d/00-analytics.conf"), StringComparison.Ordinal);
        // Nothing is left of what was sent.
        Assert.Empty(Directory.GetDirectories("/tmp", "analytics-r1-*"));
    }

    [Theory]
    [InlineData("'sshd -t'")]
    [InlineData("'sshd -T'")]
    [InlineData("'systemctl reload sshd.service'")]
    [InlineData("'systemctl enable --now docker.service'")]
    [InlineData("'docker container ls'*")]
    [InlineData("'aws ecr '*")]
    [InlineData("'docker login'*")]
    [InlineData("*' pull --quiet'")]
    [InlineData("*' up --detach --remove-orphans'")]
    [InlineData("*' config --images'")]
    [InlineData("ssh*' true'")]
    [InlineData("ssh*'tar --extract'*")]
    public async Task Deploy_CommandInTheMiddleFails_FailsTheJob(string call)
    {
        _stage.Fail(call);

        var outcome = await DeployAsync("r1");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("deploy-host: FAILED", outcome.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("serves r1\n", outcome.Said.Replace("does not serve", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_BadVersion_RollsBackToTheImageBefore()
    {
        await DeployAsync("r1", 'a');
        _stage.ForgetRecord();
        Directory.CreateDirectory(_stage.In($"opt/analytics/releases/r2"));
        _stage.Write("opt/analytics/releases/r2/bad", "");
        _stage.Environment["HOST_ENV"] = "POSTGRES_PASSWORD=mistyped";

        var outcome = await DeployAsync("r2", 'b');

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("rolled back to r1", outcome.Said, StringComparison.Ordinal);
        Assert.Equal([$"{Compose("r2")} up --detach --remove-orphans", $"{Compose("r1")} up --detach --remove-orphans"], _stage.Record.Where(l => l.Contains(" up ", StringComparison.Ordinal)));
        Assert.Equal(_stage.In("opt/analytics/releases/r1"), new FileInfo(_stage.In("opt/analytics/current")).LinkTarget);
        Assert.Contains(Image("scorer", 'a'), _stage.Read("opt/analytics/current/images.env"), StringComparison.Ordinal);
        Assert.Contains("secret-of-the-host", _stage.Read("opt/analytics/current/.env"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_BadFirstVersion_SaysThatThereIsNoneBefore()
    {
        _stage.Fail("*/health/ready");

        var outcome = await DeployAsync("r1");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("there is no version before r1", outcome.Said, StringComparison.Ordinal);
        Assert.False(File.Exists(_stage.In("opt/analytics/current")));
    }

    [Fact]
    public async Task Deploy_SecondVersion_RemembersTheFirstAndKeepsItsEnvironment()
    {
        await DeployAsync("r1", 'a');
        _stage.Environment.Remove("HOST_ENV");

        var outcome = await DeployAsync("r2", 'b');

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Equal(_stage.In("opt/analytics/releases/r1"), new FileInfo(_stage.In("opt/analytics/previous")).LinkTarget);
        Assert.Equal($"{Image("scorer", 'a')}\n{Image("trainer", 'a')}\n", _stage.Read("opt/analytics/images.previous"));
        Assert.Equal($"{Image("scorer", 'b')}\n{Image("trainer", 'b')}\n", _stage.Read("opt/analytics/images.current"));
        Assert.Contains("secret-of-the-host", _stage.Read("opt/analytics/current/.env"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_WhileAnotherRuns_IsRefused()
    {
        Directory.CreateDirectory(_stage.In("opt/analytics"));
        using var other = Process.Start(new ProcessStartInfo("flock", [_stage.In("opt/analytics/lock"), "cat"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await other.StandardInput.WriteLineAsync("held");
        await other.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("held", await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        var outcome = await DeployAsync("r1");

        other.StandardInput.Close();
        Assert.Equal(3, outcome.ExitCode);
        Assert.Contains("another deploy to host.example.com is running", outcome.Said, StringComparison.Ordinal);
        Assert.DoesNotContain(_stage.Record, l => l.StartsWith("docker login", StringComparison.Ordinal));
        await other.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Deploy_SshdStillTakesPasswords_Fails()
    {
        _stage.Unusual.Add("'sshd -T') printf '%s\\n' 'passwordauthentication yes' 'kbdinteractiveauthentication no'; exit ;;");

        var outcome = await DeployAsync("r1");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("sshd still takes passwords (passwordauthentication)", outcome.Said, StringComparison.Ordinal);
        Assert.DoesNotContain(_stage.Record, l => l.Contains(" up ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deploy_HostWithoutCompose_GetsThePinnedPlugin()
    {
        DeployStage.PinPlugin(_stage);
        _stage.Unusual.Add("""'docker compose version') exit 1 ;;""");
        _stage.Unusual.Add("""'curl '*github.com*) echo 'the plugin' >"$(sed 's/.* --output \([^ ]*\).*/\1/' <<<"$line")"; exit ;;""");

        var outcome = await DeployAsync("r1");

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Equal("the plugin\n", _stage.Read("usr/local/lib/docker/cli-plugins/docker-compose"));
    }

    [Fact]
    public async Task Deploy_HostWithoutEnvironment_SaysWhatToGive()
    {
        _stage.Environment.Remove("HOST_ENV");

        var outcome = await DeployAsync("r1");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("give it once as HOST_ENV", outcome.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scorer:latest", "'scorer:latest' is not an image by digest")]
    [InlineData("", "'' is not an image by digest")]
    public async Task Deploy_ImageByTag_IsRefused(string image, string says)
    {
        var outcome = await _stage.RunAsync(Script, image, Image("trainer", 'a'));

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(says, outcome.Said, StringComparison.Ordinal);
        Assert.Empty(_stage.Record);
    }

    private string Script => _stage.In("deploy/deploy-host.sh");

    private static string Image(string name, char digest) => $"{Registry}/analytics-{name}@sha256:{new string(digest, 64)}";

    private static string Compose(string release) =>
        $"docker compose --project-name analytics --project-directory {Stored}/{release} --env-file {Stored}/{release}/.env " +
        $"--env-file {Stored}/{release}/images.env --file {Stored}/{release}/compose.yaml";

    private Task<Outcome> DeployAsync(string release, char digest = 'a')
    {
        _stage.Environment["RELEASE"] = release;
        return _stage.RunAsync(Script, Image("scorer", digest), Image("trainer", digest));
    }
}
