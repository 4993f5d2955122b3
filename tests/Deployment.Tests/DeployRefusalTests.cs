using Analytics.Deployment.Tests.Stages;

namespace Analytics.Deployment.Tests;

/// <summary>What deploy.sh does not begin, and says why: beside another deploy, as a dry run, or with something missing.</summary>
public sealed class DeployRefusalTests : IDisposable
{
    private readonly DeployStage _deploy = new();

    private Stage Stage => _deploy.Stage;

    public void Dispose() => _deploy.Dispose();

    [Fact]
    public async Task Deploy_WhileAnotherRuns_IsRefused()
    {
        await _deploy.DeployAsync();
        Stage.ForgetRecord();
        Stage.Write("bucket/deploy/lock", $"1 {DateTimeOffset.UtcNow.AddMinutes(30).ToUnixTimeSeconds()} ci@runner r1 99\n");

        var outcome = await _deploy.DeployAsync();

        Assert.Equal(3, outcome.ExitCode);
        Assert.Contains("another deploy is running: ci@runner", outcome.Said, StringComparison.Ordinal);
        Assert.Equal(["aws s3api put-object --bucket analytics-bucket --key deploy/lock --body TMP --if-none-match *"], _deploy.Changes);
        Assert.True(File.Exists(Stage.In("bucket/deploy/lock")));
    }

    [Fact]
    public async Task Deploy_LockOfADeadDeploy_IsTakenOverWhenExpired()
    {
        await _deploy.DeployAsync();
        Stage.ForgetRecord();
        Stage.Write("bucket/deploy/lock", "1 2 ci@runner r1 99\n");

        var outcome = await _deploy.DeployAsync();

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Contains("aws s3api put-object --bucket analytics-bucket --key deploy/lock --body TMP --if-match \"etag\"", _deploy.Changes);
    }

    [Theory]
    [InlineData("under-way", "refresh-7\n", "instance refresh refresh-7")]
    [InlineData("stacks/analytics-service", "UPDATE_IN_PROGRESS\n", "CloudFormation is at work on analytics-service")]
    [InlineData("stacks/analytics-base", "UPDATE_IN_PROGRESS\n", "CloudFormation is at work on analytics-base")]
    public async Task Deploy_SomethingUnderWay_IsRefused(string file, string content, string says)
    {
        await _deploy.DeployAsync();
        Stage.ForgetRecord();
        Stage.Write(file, content);

        var outcome = await _deploy.DeployAsync();

        Assert.Equal(3, outcome.ExitCode);
        Assert.Contains(says, outcome.Said, StringComparison.Ordinal);
        Assert.DoesNotContain(_deploy.Changes, c => c.Contains("analytics-service", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deploy_DryRun_ChangesNothing()
    {
        var outcome = await _deploy.DeployAsync("--dry-run");

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Empty(_deploy.Changes);
        Assert.Contains("would run: aws cloudformation deploy --stack-name analytics-base", outcome.Said, StringComparison.Ordinal);
        Assert.Contains("would run: aws cloudformation deploy --stack-name analytics-service", outcome.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_DryRunOfTheNextVersion_ChangesNothing()
    {
        await _deploy.DeployAsync();
        Stage.ForgetRecord();
        _deploy.Release = "r2";

        var outcome = await _deploy.DeployAsync("--dry-run");

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Empty(_deploy.Changes);
        Assert.Contains("would run: aws autoscaling start-instance-refresh --auto-scaling-group-name analytics-scorers-group", outcome.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_PluginOfAnotherHash_IsRefused()
    {
        Stage.Unusual.Add("""'curl '*compose*) echo 'another plugin' >"$(sed -n 's/.* --output \([^ ]*\).*/\1/p' <<<"$line")"; exit ;;""");

        var outcome = await _deploy.DeployAsync();

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("has another SHA-256", outcome.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Misspelt=1", "Misspelt is a parameter of neither")]
    [InlineData("Release=r9", "Release is what the deploy says itself")]
    [InlineData("--fast", "'--fast' is not understood")]
    public async Task Deploy_CommandLineNotUnderstood_CallsNothing(string argument, string says)
    {
        var outcome = await _deploy.DeployAsync(argument);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(says, outcome.Said, StringComparison.Ordinal);
        Assert.Empty(Stage.Record);
    }

    [Fact]
    public async Task Deploy_WithoutKeys_SaysWhichPage()
    {
        Stage.Unusual.Add("'aws ssm '*) exit ;;");

        var outcome = await _deploy.DeployAsync();

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("there is no parameter under /analytics/scorer", outcome.Said, StringComparison.Ordinal);
        Assert.Contains("docs/guide.md, \"Keys\"", outcome.Said, StringComparison.Ordinal);
    }
}
