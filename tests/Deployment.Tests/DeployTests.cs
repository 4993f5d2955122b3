using Analytics.Deployment.Tests.Stages;

namespace Analytics.Deployment.Tests;

/// <summary>deploy.sh from an empty account to a fleet, to its next version, and back.</summary>
public sealed class DeployTests : IDisposable
{
    private const string Deploy = "aws cloudformation deploy --stack-name";
    private const string Preferences =
        """--preferences {"MinHealthyPercentage":100,"MaxHealthyPercentage":200,"AutoRollback":true,"SkipMatching":true,"AlarmSpecification":{"Alarms":["analytics-errors","analytics-unhealthy"]}}""";

    private readonly DeployStage _deploy = new();

    private Stage Stage => _deploy.Stage;

    public void Dispose() => _deploy.Dispose();

    [Fact]
    public async Task Deploy_EmptyAccount_InOrder()
    {
        var outcome = await _deploy.DeployAsync("AlarmEmail=ops@example.com", "AllowedCidr=203.0.113.0/24");

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Collection(
            _deploy.Changes,
            c => Assert.Equal($"{Deploy} analytics-base --template-file /deploy/aws/base.yaml --capabilities CAPABILITY_IAM CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset --tags application=analytics --parameter-overrides AlarmEmail=ops@example.com Prefix=analytics", c),
            c => Assert.Equal("aws cloudformation set-stack-policy --stack-name analytics-base --stack-policy-body file:///deploy/aws/stack-policy.json", c),
            c => Assert.Equal("aws cloudformation update-termination-protection --stack-name analytics-base --enable-termination-protection", c),
            c => Assert.Equal("aws s3api put-object --bucket analytics-bucket --key deploy/lock --body TMP --if-none-match *", c),
            c => Assert.Equal("docker login --username AWS --password-stdin 111122223333.dkr.ecr.us-east-2.amazonaws.com", c),
            c => Assert.StartsWith("docker buildx build --builder analytics-release --platform linux/amd64 --file /deploy/docker/scorer.Dockerfile", c, StringComparison.Ordinal),
            c => Assert.Contains("trainer.Dockerfile --tag 111122223333.dkr.ecr.us-east-2.amazonaws.com/analytics-trainer:r1 --build-arg VERSION=0.0.0-gr1 --build-arg REVISION= --provenance mode=max --sbom true --push", c, StringComparison.Ordinal),
            c => Assert.Contains("--key deploy/r1/scorer.tar.gz --body TMP --metadata sha256=", c, StringComparison.Ordinal),
            c => Assert.Contains("--key deploy/r1/trainer.tar.gz", c, StringComparison.Ordinal),
            c => Assert.EndsWith("ScorerMinSize=0 AllowedCidr=203.0.113.0/24 Prefix=analytics", c, StringComparison.Ordinal),
            c => Assert.EndsWith("--parameter-overrides ScorerMinSize=1 AllowedCidr=203.0.113.0/24 Prefix=analytics", c, StringComparison.Ordinal),
            c => Assert.Equal("aws s3api delete-object --bucket analytics-bucket --key deploy/lock", c));
        Assert.Equal("r1", _deploy.Parameters["Release"]);
        Assert.Equal(DeployStage.Image("scorer", "r1"), _deploy.Parameters["ScorerImage"]);
        Assert.Equal(DeployStage.Image("trainer", "r1"), _deploy.Parameters["TrainerImage"]);
        Assert.Equal(Stage.Read("bucket/deploy/r1/scorer.tar.gz.sha256").Trim(), _deploy.Parameters["ScorerBundleSha256"]);
        // The trainer, then the models, then the scorers.
        var waits = Stage.Record.Where(l => l.Contains("champion.json", StringComparison.Ordinal) || l.Contains("length(", StringComparison.Ordinal)).ToList();
        Assert.Contains("analytics-trainers-group", waits[0], StringComparison.Ordinal);
        Assert.EndsWith("models/iris/aliases/champion.json", waits[1], StringComparison.Ordinal);
        Assert.EndsWith("models/penguins/aliases/champion.json", waits[2], StringComparison.Ordinal);
        Assert.Contains("analytics-scorers-group", waits[3], StringComparison.Ordinal);
        Assert.Contains("serving at https://balancer.example.com", outcome.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bundle_OfARole_IsTheSameBytesAgain()
    {
        await _deploy.DeployAsync();
        var first = await File.ReadAllBytesAsync(Stage.In("bucket/deploy/r1/scorer.tar.gz"), TestContext.Current.CancellationToken);
        using var second = new DeployStage();

        await second.DeployAsync();

        Assert.Equal(first, await File.ReadAllBytesAsync(second.Stage.In("bucket/deploy/r1/scorer.tar.gz"), TestContext.Current.CancellationToken));
        var files = await Testing.TestServers.RunAsync("tar", ["--list", "--file", Stage.In("bucket/deploy/r1/scorer.tar.gz")], TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                "./", "./compose.yaml", "./instance/", "./instance/analytics-termination.service", "./instance/analytics.service", "./instance/compose.sh",
                "./instance/docker-compose", "./instance/prune.sh", "./instance/start.sh", "./instance/watch-termination.sh", "./rds.pem",
            ],
            files.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Deploy_NextVersion_RefreshesTrainerThenScorersAndNeverUnpinsBefore()
    {
        await _deploy.DeployAsync();
        Stage.ForgetRecord();
        _deploy.Release = "r2";

        var outcome = await _deploy.DeployAsync();

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Collection(
            _deploy.Changes.Where(c => c.StartsWith("aws autoscaling", StringComparison.Ordinal) || c.StartsWith($"{Deploy} analytics-service", StringComparison.Ordinal)),
            c => Assert.EndsWith("ScorerLaunchTemplateVersion=1 TrainerLaunchTemplateVersion=1 Prefix=analytics", c, StringComparison.Ordinal),
            c => Assert.Equal(Refresh("trainer", 2), c),
            c => Assert.Equal(Refresh("scorer", 2), c),
            c => Assert.EndsWith("--parameter-overrides ScorerLaunchTemplateVersion=2 TrainerLaunchTemplateVersion=2 Prefix=analytics", c, StringComparison.Ordinal));
        Assert.Equal(("r2", 2, 2), (_deploy.Parameters["Release"], _deploy.Running("scorer"), _deploy.Running("trainer")));
        Assert.False(File.Exists(Stage.In("bucket/deploy/lock")));
    }

    [Fact]
    public async Task Deploy_NewScorerUnhealthy_EverythingRunsTheImageBefore()
    {
        await _deploy.DeployAsync();
        Stage.ForgetRecord();
        _deploy.Release = "r2";
        Stage.Write("bad-scorer", "2\n");

        var outcome = await _deploy.DeployAsync();

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("r2 was rolled back to r1: its scorer did not become or stay healthy", outcome.Said, StringComparison.Ordinal);
        Assert.Contains("An instance failed its launching hook", outcome.Said, StringComparison.Ordinal);
        // Trainer forward, scorer forward and back by itself, trainer back.
        Assert.Equal(["trainers 2", "scorers 2", "trainers 1"], Refreshes());
        Assert.Equal((1, 1), (_deploy.Running("scorer"), _deploy.Running("trainer")));
        Assert.Equal("r1", _deploy.Parameters["Release"]);
        Assert.Equal(DeployStage.Image("scorer", "r1"), _deploy.Parameters["ScorerImage"]);
        Assert.Equal(Stage.Read("bucket/deploy/r1/scorer.tar.gz.sha256").Trim(), _deploy.Parameters["ScorerBundleSha256"]);
        Assert.False(File.Exists(Stage.In("bucket/deploy/lock")));
    }

    [Fact]
    public async Task Deploy_NewTrainerUnhealthy_ScorersAreNotTouched()
    {
        await _deploy.DeployAsync();
        Stage.ForgetRecord();
        _deploy.Release = "r2";
        Stage.Write("bad-trainer", "2\n");

        var outcome = await _deploy.DeployAsync();

        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal(["trainers 2"], Refreshes());
        Assert.Equal((1, 1, "r1"), (_deploy.Running("scorer"), _deploy.Running("trainer"), _deploy.Parameters["Release"]));
    }

    [Fact]
    public async Task Deploy_AfterARollBack_TheNextVersionGoesOn()
    {
        await _deploy.DeployAsync();
        _deploy.Release = "r2";
        Stage.Write("bad-trainer", "2\n");
        await _deploy.DeployAsync();
        _deploy.Release = "r3";

        var outcome = await _deploy.DeployAsync();

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Equal(("r3", 4, 4), (_deploy.Parameters["Release"], _deploy.Running("scorer"), _deploy.Running("trainer")));
    }

    [Theory]
    [InlineData("'aws sts '*", "AWS knows no credentials")]
    [InlineData("'aws cloudformation deploy '*analytics-base*", "did not bring analytics-base")]
    [InlineData("'aws ecr get-login-password'*", "refused the login")]
    [InlineData("'docker buildx build '*scorer*", "image of scorer was not built")]
    [InlineData("'docker buildx build '*trainer*", "image of trainer was not built")]
    [InlineData("'curl '*truststore*", "could not be fetched")]
    [InlineData("'curl '*compose*", "could not be fetched")]
    [InlineData("'aws s3api put-object '*r1/trainer*", "was not written")]
    [InlineData("'aws cloudformation deploy '*analytics-service*", "did not bring analytics-service")]
    public async Task Deploy_StepFails_EndsThereWithWhatToDo(string call, string says)
    {
        Stage.Fail(call);

        var outcome = await _deploy.DeployAsync();

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(says, outcome.Said, StringComparison.Ordinal);
        Assert.Contains("What to do:", outcome.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("serving at", outcome.Said, StringComparison.Ordinal);
        Assert.False(File.Exists(Stage.In("bucket/deploy/lock")));
    }

    [Theory]
    [InlineData("'aws autoscaling start-instance-refresh'*", "was not started")]
    [InlineData("'aws autoscaling describe-instance-refreshes '*--instance-refresh-ids*", "cannot be followed")]
    [InlineData("'aws ec2 describe-launch-templates '*", "exit code 1")]
    public async Task Deploy_RefreshCannotBeMade_FailsTheJob(string call, string says)
    {
        await _deploy.DeployAsync();
        _deploy.Release = "r2";
        Stage.Fail(call);

        var outcome = await _deploy.DeployAsync();

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(says, outcome.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("r2 serves", outcome.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_ModelDoesNotCome_StartsNoScorer()
    {
        Stage.Write("deploy/lib/release.sh", Stage.Read("deploy/lib/release.sh").Replace("await 1200", "await 0", StringComparison.Ordinal));
        Stage.Fail("*champion.json*");

        var outcome = await _deploy.DeployAsync();

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("no version of iris became champion", outcome.Said, StringComparison.Ordinal);
        Assert.Equal("0", _deploy.Parameters["ScorerMinSize"]);
    }

    [Fact]
    public async Task Deploy_FirstReleaseEndedBeforeTheScorers_TheNextBringsThem()
    {
        Stage.Write("deploy/lib/release.sh", Stage.Read("deploy/lib/release.sh").Replace("await 1200", "await 0", StringComparison.Ordinal));
        Stage.Fail("*champion.json*");
        await _deploy.DeployAsync();
        Stage.Unusual.Clear();

        var outcome = await _deploy.DeployAsync();

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Equal("1", _deploy.Parameters["ScorerMinSize"]);
    }

    [Fact]
    public async Task Deploy_ImageThere_IsNotBuiltAgain()
    {
        await _deploy.DeployAsync("base");
        await _deploy.DeployAsync("images");
        Stage.ForgetRecord();

        var outcome = await _deploy.DeployAsync("images");

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.DoesNotContain(_deploy.Changes, c => c.StartsWith("docker buildx", StringComparison.Ordinal));
        Assert.Contains($"scorer={DeployStage.Image("scorer", "r1")}", outcome.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("111122223333.dkr.ecr.us-east-2.amazonaws.com/mine", true)]
    [InlineData("ghcr.io/somebody/analytics", false)]
    public async Task Deploy_ImagesForOneHost_NeedNoStack(string repository, bool logsIn)
    {
        Stage.Environment["IMAGE_REPOSITORY"] = repository;

        var outcome = await _deploy.DeployAsync("images");

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Contains($"trainer={repository}/trainer@sha256:", outcome.Said, StringComparison.Ordinal);
        Assert.DoesNotContain(Stage.Record, l => l.StartsWith("aws cloudformation", StringComparison.Ordinal));
        Assert.Equal(logsIn, Stage.Record.Any(l => l.StartsWith("docker login", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Deploy_MoreScorersAsked_StartsThemAfterTheModels()
    {
        var outcome = await _deploy.DeployAsync("ScorerMinSize=2");

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Equal(["0", "2"], _deploy.Changes.Select(c => System.Text.RegularExpressions.Regex.Match(c, "ScorerMinSize=([0-9]+)").Groups[1].Value).Where(v => v.Length > 0));
    }

    private static string Refresh(string role, int version) =>
        $"aws autoscaling start-instance-refresh --auto-scaling-group-name analytics-{role}s-group --strategy Rolling --desired-configuration " +
        $$$"""{"LaunchTemplate":{"LaunchTemplateId":"lt-{{{role}}}","Version":"{{{version}}}"}} {{{Preferences}}} --query InstanceRefreshId --output text""";

    private IEnumerable<string> Refreshes() =>
        _deploy.Changes.Where(c => c.StartsWith("aws autoscaling start", StringComparison.Ordinal))
            .Select(c => System.Text.RegularExpressions.Regex.Replace(c, """.*analytics-(\w+)-group.*"Version":"(\d+)".*""", "$1 $2"));
}
