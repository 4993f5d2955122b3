using Analytics.Deployment.Tests.Stages;
using Analytics.Testing;

namespace Analytics.Deployment.Tests;

/// <summary>What an instance does when its group takes it out.</summary>
public sealed class TerminationTests : IDisposable
{
    private const string Complete =
        "aws autoscaling complete-lifecycle-action --region us-east-2 --auto-scaling-group-name analytics-scorers --lifecycle-hook-name terminating " +
        "--instance-id i-0123456789abcdef0 --lifecycle-action-result CONTINUE";

    private readonly Stage _stage = new("instance.sh", InstanceStage.Programs);

    public TerminationTests()
    {
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["REGION"] = "us-east-2",
            ["GROUP"] = "analytics-scorers",
            ["TERMINATING_HOOK"] = "terminating",
            ["INSTANCE_ID"] = "i-0123456789abcdef0",
        })
        {
            _stage.Environment[name] = value;
        }

        // Unknown to the group at first, in service for two looks, then taken out.
        _stage.Unusual.Add("""
            *autoscaling/target-lifecycle-state)
              echo look >>"$STAGE/looks"
              case $(wc -l <"$STAGE/looks") in
                1) echo 'curl: (22) 404' >&2; exit 22 ;;
                2 | 3) echo -n InService; exit ;;
                *) echo -n Terminated; exit ;;
              esac ;;
            """);
    }

    private static string Script { get; } = Path.Combine(RepositoryFiles.Root, "deploy", "instance", "watch-termination.sh");

    public void Dispose() => _stage.Dispose();

    [Fact]
    public async Task Watch_TakenOut_LetsTheBalancerEndThenStopsThenTellsTheGroup()
    {
        _stage.Environment["DRAIN_SECONDS"] = "45";

        var outcome = await _stage.RunAsync(Script);

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Equal(["sleep 5", "sleep 5", "sleep 5", "sleep 45", "systemctl stop analytics.service", Complete, "sleep infinity"], WithoutMetadata());
        // Each look has a token of its own.
        Assert.Equal(8, _stage.Record.Count - WithoutMetadata().Count);
    }

    [Fact]
    public async Task Watch_ContainersDoNotStop_TellsTheGroupAllTheSame()
    {
        _stage.Fail("'systemctl stop'*");

        var outcome = await _stage.RunAsync(Script);

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("did not stop as they should", outcome.Said, StringComparison.Ordinal);
        Assert.Contains(Complete, _stage.Record);
    }

    [Fact]
    public async Task Watch_GroupCannotBeTold_FailsSoThatSystemdTriesAgain()
    {
        _stage.Fail("*complete-lifecycle-action*");

        Assert.NotEqual(0, (await _stage.RunAsync(Script)).ExitCode);
        Assert.Contains("Restart=always", await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(Script)!, "analytics-termination.service"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private List<string> WithoutMetadata() => [.. _stage.Record.Where(l => !l.StartsWith("curl ", StringComparison.Ordinal))];
}
