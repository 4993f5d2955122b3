using Analytics.Deployment.Tests.Stages;
using Analytics.Testing;

namespace Analytics.Deployment.Tests;

/// <summary>What an instance does from its first second until its group counts it as in service.</summary>
public sealed class BootstrapTests : IDisposable
{
    private const string Compose = "docker compose --project-name analytics --env-file /opt/analytics/.env --file compose.yaml";
    private const string Complete =
        "aws autoscaling complete-lifecycle-action --region us-east-2 --auto-scaling-group-name analytics-scorers --lifecycle-hook-name launching " +
        "--instance-id i-0123456789abcdef0 --lifecycle-action-result";

    private readonly InstanceStage _instance = new();

    private Stage Stage => _instance.Stage;

    public void Dispose() => _instance.Dispose();

    [Fact]
    public async Task Boot_NewInstance_DoesEachStepInOrderAndContinuesWhenReady()
    {
        var outcome = await _instance.BootAsync();

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Equal(
        [
            "curl -fsS --retry 5 --max-time 5 -X PUT -H X-aws-ec2-metadata-token-ttl-seconds: 300 http://169.254.169.254/latest/api/token",
            "curl -fsS --retry 5 --max-time 5 -H X-aws-ec2-metadata-token: metadata-token http://169.254.169.254/latest/meta-data/instance-id",
            "aws s3 cp --only-show-errors --region us-east-2 s3://analytics-bucket/deploy/r1/scorer.tar.gz TMP",
            "dnf install --assumeyes --quiet docker amazon-cloudwatch-agent",
            "systemctl enable --now docker.service",
            "aws ssm get-parameters-by-path --region us-east-2 --path /analytics/scorer --with-decryption --query Parameters[].[Name,Value] --output text",
            "docker container ls --all --quiet",
            "docker image ls --all --quiet --no-trunc",
            "aws ecr get-login-password --region us-east-2",
            "docker login --username AWS --password-stdin 111122223333.dkr.ecr.us-east-2.amazonaws.com",
            $"{Compose} pull --quiet",
            "amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/opt/analytics/releases/r1/agent.json",
            "systemctl daemon-reload",
            "systemctl enable analytics.service analytics-termination.service",
            "systemctl reload-or-restart analytics.service",
            "systemctl restart analytics-termination.service",
            "curl -fsS --max-time 5 --output /dev/null http://localhost:5000/health/ready",
            $"{Compose} config --images",
            "docker container ls --all --quiet",
            "docker container inspect --format {{.Image}} container-1",
            $"docker image inspect --format {{{{.Id}}}} {InstanceStage.ImageOf("r1")}",
            "docker image ls --all --quiet --no-trunc",
            $"{Complete} CONTINUE",
        ], Stage.Record);
    }

    [Fact]
    public async Task Boot_Twice_IsTheSameAsOnce()
    {
        await _instance.BootAsync();
        var (record, files, units) = (Stage.Record, Stage.Tree("opt"), Stage.Tree("etc"));
        Stage.ForgetRecord();
        // What the group answers to an instance that is in service.
        Stage.Fail("*complete-lifecycle-action*", "An error occurred (ValidationError): No active Lifecycle Action found with instance ID i-0123456789abcdef0", 254);

        var second = await _instance.BootAsync();

        Assert.True(second.ExitCode == 0, second.Said);
        Assert.Equal(files, Stage.Tree("opt"));
        Assert.Equal(units, Stage.Tree("etc"));
        // The prunes ask about what the first start has left; all else is called as before.
        Assert.Equal(record.Where(l => !l.Contains(" inspect ", StringComparison.Ordinal)).Order(), Stage.Record.Where(l => !l.Contains(" inspect ", StringComparison.Ordinal)).Order());
    }

    [Theory]
    [InlineData("*/latest/api/token", "")]
    [InlineData("*/instance-id", "")]
    [InlineData("'aws s3 cp'*", "")]
    [InlineData("'dnf '*", "install programs")]
    [InlineData("'systemctl enable --now docker.service'", "install programs")]
    [InlineData("'aws ssm '*", "write the configuration")]
    [InlineData("'docker container ls'*", "remove old images")]
    [InlineData("'aws ecr '*", "pull the images")]
    [InlineData("'docker login'*", "pull the images")]
    [InlineData("*' pull --quiet'", "pull the images")]
    [InlineData("amazon-cloudwatch-agent-ctl*", "start the CloudWatch agent")]
    [InlineData("'systemctl daemon-reload'", "start the containers")]
    [InlineData("'systemctl enable analytics.service'*", "start the containers")]
    [InlineData("'systemctl reload-or-restart'*", "start the containers")]
    [InlineData("'systemctl restart analytics-termination.service'", "start the containers")]
    [InlineData("*/health/ready", "wait for /health/ready")]
    [InlineData("*' config --images'", "remember the images")]
    public async Task Boot_StepFails_SaysWhichAndAbandonsTheInstance(string call, string step)
    {
        Stage.Fail(call);

        var outcome = await _instance.BootAsync();

        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("bootstrap: FAILED", outcome.Said, StringComparison.Ordinal);
        Assert.Contains(step.Length == 0 ? "it does not" : $"start: FAILED at: {step}", outcome.Said, StringComparison.Ordinal);
        Assert.DoesNotContain($"{Complete} CONTINUE", Stage.Record);
        // Before it knows its own id it can tell the group nothing; the hook's time-out abandons it.
        Assert.Equal(!call.Contains("/latest/", StringComparison.Ordinal) && !call.Contains("instance-id", StringComparison.Ordinal), Stage.Record.Contains($"{Complete} ABANDON"));
    }

    [Fact]
    public async Task Boot_BundleOfAnotherHash_RunsNothingOfIt()
    {
        File.AppendAllText(Stage.In("bundle.tar.gz"), "more");

        var outcome = await _instance.BootAsync();

        Assert.NotEqual(0, outcome.ExitCode);
        Assert.False(File.Exists(Stage.In("opt/analytics/releases/r1/instance/start.sh")));
        Assert.Contains($"{Complete} ABANDON", Stage.Record);
    }

    [Fact]
    public async Task Boot_NotReady_TellsWhatTheContainersSay()
    {
        Stage.Fail("*/health/ready", "curl: (22) 503");
        Stage.Unusual.Add("*' logs '*) echo 'scorer-1 | no model yet'; exit ;;");

        var outcome = await _instance.BootAsync();

        Assert.Contains("/health/ready of port 5000 did not answer 200 within 0 s", outcome.Said, StringComparison.Ordinal);
        Assert.Contains("scorer-1 | no model yet", outcome.Said, StringComparison.Ordinal);
        Assert.Contains($"{Complete} ABANDON", Stage.Record);
    }

    [Fact]
    public async Task Boot_MirrorFailsForAMoment_TriesAgain()
    {
        Stage.Unusual.Add("""'dnf '*) [ -f "$STAGE/tried" ] || { touch "$STAGE/tried"; exit 1; } ;;""");

        var outcome = await _instance.BootAsync();

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Equal(2, Stage.Record.Count(l => l.StartsWith("dnf ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Boot_Keys_AreInAFileThatOnlyRootReads()
    {
        await _instance.BootAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Stage.In("opt/analytics/.env")));
        Assert.Equal(
            $"""
            STACK='analytics'
            ROLE='scorer'
            RELEASE='r1'
            REGION='us-east-2'
            PORT='5000'
            GROUP='analytics-scorers'
            LAUNCHING_HOOK='launching'
            TERMINATING_HOOK='terminating'
            REGISTRY='111122223333.dkr.ecr.us-east-2.amazonaws.com'
            STORE_URL='s3://analytics-bucket'
            PARAMETERS='/analytics/scorer'
            INSTANCE_ID='i-0123456789abcdef0'
            DATABASE_HOST='db.internal'
            DATABASE_SECRET_ARN='arn:aws:secretsmanager:us-east-2:111122223333:secret:rds'
            SCORER_IMAGE='{InstanceStage.ImageOf("r1")}'
            TRAINER_IMAGE='{InstanceStage.ImageOf("trainer")}'
            AWS_REGION='us-east-2'
            PREDICT_KEY_NAME='mobile app'
            PREDICT_KEY_SHA256='{new string('a', 64)}'

            """, Stage.Read("opt/analytics/.env"));
        Assert.DoesNotContain("PREDICT_KEY", Stage.Read("opt/analytics/instance.env"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "There is no parameter under /analytics/scorer")]
    [InlineData("/analytics/scorer/PREDICT_KEY_NAME\tit's\n", "The value of PREDICT_KEY_NAME has a quote or a line end")]
    public async Task Boot_ParametersThatCannotBeUsed_AreNamed(string parameters, string says)
    {
        Stage.Write("parameters", parameters);

        var outcome = await _instance.BootAsync();

        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains(says, outcome.Said, StringComparison.Ordinal);
    }

    // The launch templates' header has each value that the scripts ask for by name.
    [Fact]
    public void Header_OfTheTemplate_HasEveryValueThatTheScriptsNeed()
    {
        var template = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "deploy", "aws", "service.yaml"));
        var exported = System.Text.RegularExpressions.Regex.Matches(template, "export ([A-Z0-9_]+)=").Select(m => m.Groups[1].Value).ToHashSet();
        string[] needed =
        [
            "STACK", "ROLE", "RELEASE", "REGION", "PORT", "BUCKET", "BUNDLE_SHA256", "GROUP", "LAUNCHING_HOOK", "TERMINATING_HOOK", "REGISTRY", "STORE_URL", "PARAMETERS",
            "DRAIN_SECONDS", "DATABASE_HOST", "DATABASE_SECRET_ARN", "SCORER_IMAGE", "TRAINER_IMAGE",
        ];

        Assert.All(needed, name => Assert.Contains(name, exported));
    }

    [Fact]
    public async Task Start_ByHandTheNextDay_DoesNotUseYesterdaysLogin()
    {
        await _instance.BootAsync();
        Stage.Write("token", "token-of-tomorrow");
        Stage.Write("home/.docker/config.json", "token-of-today");
        Stage.ForgetRecord();

        // No value in the environment: it knows those of its first start.
        var outcome = await Stage.RunAsync(Stage.In("opt/analytics/current/instance/start.sh"));

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Contains(Stage.Record, l => l.StartsWith("docker login", StringComparison.Ordinal));
        Assert.DoesNotContain(Stage.Record, l => l.Contains("complete-lifecycle-action", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Boot_DiskFullOfOldImages_MakesRoomAndKeepsThePreviousOne()
    {
        Stage.Environment["DISK"] = "3";
        foreach (var release in (string[])["r1", "r2", "r3", "r4", "r5"])
        {
            _instance.Release(release);
            var outcome = await _instance.BootAsync();
            Assert.True(outcome.ExitCode == 0, $"{release}: {outcome.Said}");
        }

        Assert.Equal(
            [$"{InstanceStage.IdOf(InstanceStage.ImageOf("r4"))} {InstanceStage.ImageOf("r4")}", $"{InstanceStage.IdOf(InstanceStage.ImageOf("r5"))} {InstanceStage.ImageOf("r5")}"],
            File.ReadAllLines(Stage.In("images")));
    }

    [Fact]
    public async Task Boot_DiskFullOfImagesNobodyKnows_RemovesThem()
    {
        Stage.Environment["DISK"] = "3";
        Stage.Write("images", string.Concat(Enumerable.Range(1, 3).Select(i => $"sha256:{i:D64} old:{i}\n")));

        var outcome = await _instance.BootAsync();

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Single(File.ReadAllLines(Stage.In("images")));
    }
}
