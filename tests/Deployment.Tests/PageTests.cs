using System.Globalization;
using System.Text.RegularExpressions;
using Analytics.Deployment.Tests.Stages;
using Analytics.Testing;

namespace Analytics.Deployment.Tests;

/// <summary>The pages for operators, followed line by line in a dry run: what they name exists.</summary>
public sealed partial class PageTests
{
    private static readonly string Docs = Path.Combine(RepositoryFiles.Root, "docs");

    [Fact]
    public async Task Guide_FollowedLineByLine_GoesFromNothingToNothing()
    {
        using var stage = Follower();
        stage.Write("home/.ssh/analytics.pem", "the private key\n");

        var outcome = await stage.RunAsync("-c", Script(stage, "guide.md"));

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        Assert.Contains("serving at https://balancer.example.com", outcome.Said, StringComparison.Ordinal);
        Assert.Contains("host.example.com serves", outcome.Said, StringComparison.Ordinal);
        Assert.Contains("0c11d2a9e8f7 serves at", outcome.Said, StringComparison.Ordinal);
        Assert.All(Directory.EnumerateFiles(stage.In("stacks")), f => Assert.EndsWith(".parameters", f, StringComparison.Ordinal));
        // Every key that is made is deleted.
        var calls = stage.Record;
        Assert.Equal(
            calls.Where(c => c.StartsWith("aws ssm put-parameter", StringComparison.Ordinal)).Select(c => Named().Match(c).Groups[1].Value).Distinct().Order(),
            calls.Where(c => c.StartsWith("aws ssm delete-parameter", StringComparison.Ordinal)).Select(c => Named().Match(c).Groups[1].Value).Order());
    }

    // What the scripts and the pages ask the stacks for, and give them, is what the templates have.
    [Fact]
    public async Task Guide_FollowedLineByLine_AgreesWithTheTemplates()
    {
        using var stage = Follower();
        stage.Write("home/.ssh/analytics.pem", "the private key\n");

        var outcome = await stage.RunAsync("-c", Script(stage, "guide.md"));

        Assert.True(outcome.ExitCode == 0, outcome.Said);
        foreach (var stack in (string[])["base", "service"])
        {
            var template = TemplateNames.Read(Path.Combine(RepositoryFiles.Root, "deploy", "aws", $"{stack}.yaml"));
            var calls = stage.Record.Where(c => c.StartsWith("aws cloudformation", StringComparison.Ordinal) && c.Contains($"--stack-name analytics-{stack} ", StringComparison.Ordinal)).ToList();
            var given = calls.SelectMany(c => Given().Matches(c.Split("--parameter-overrides", 2) is [_, var p] ? p : "")).Select(m => m.Groups[1].Value).Distinct().ToList();
            var asked = calls.SelectMany(c => Asked().Matches(c)).Select(m => m.Groups[1].Value).Distinct().ToList();

            Assert.NotEmpty(asked);
            Assert.All(given, name => Assert.Contains(name, template.Parameters));
            Assert.All(asked, name => Assert.Contains(name, template.Outputs));
            // Nothing that must be given is left out.
            Assert.All(template.Required, name => Assert.Contains(name, given));
        }
    }

    [Theory]
    [InlineData("guide.md")]
    [InlineData("runbook.md")]
    public void Page_OutputNamed_IsOneOfTheTemplates(string page)
    {
        var outputs = new[] { "base", "service" }.SelectMany(s => TemplateNames.Read(Path.Combine(RepositoryFiles.Root, "deploy", "aws", $"{s}.yaml")).Outputs).ToHashSet();
        var named = OutputNamed().Matches(Prose(page)).Select(m => m.Groups[1].Value).ToList();

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, outputs));
    }

    [Fact]
    public async Task Runbook_EachBlock_Runs()
    {
        using var stage = Follower();

        var outcome = await stage.RunAsync("-c", Script(stage, "runbook.md"));

        Assert.True(outcome.ExitCode == 0, outcome.Said);
    }

    // A command in the midst of a sentence is typed as well.
    [Theory]
    [InlineData("guide.md")]
    [InlineData("runbook.md")]
    public void Page_CommandOfAwsInASentence_Exists(string page)
    {
        var known = AwsCommands.Read();
        var commands = InlineCommand().Matches(Prose(page)).Select(m => m.Groups[1].Value).ToList();

        Assert.All(commands, command => Assert.Null(known.Complaint(command.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    [Theory]
    [InlineData("guide.md")]
    [InlineData("runbook.md")]
    [InlineData("../deploy/README.md")]
    public void Page_FileOrLinkNamed_Exists(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Docs, page))!;
        var text = File.ReadAllText(Path.Combine(Docs, page));
        var links = Link().Matches(text).Select(m => m.Groups[1].Value).Where(l => !l.StartsWith("http", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(links);
        Assert.All(links, link =>
        {
            var (file, anchor) = link.Split('#', 2) is [var f, var a] ? (f, a) : (link, "");
            var path = file.Length == 0 ? Path.Combine(Docs, page) : Path.Combine(folder, file);
            Assert.True(File.Exists(path), $"{page} links to {link}, which is not there.");
            Assert.True(anchor.Length == 0 || Anchors(path).Contains(anchor), $"{page} links to {link}; {file} has no such heading.");
        });
        Assert.All(
            RepositoryFile().Matches(text).Select(m => m.Value).Where(f => !f.Contains("ROLE", StringComparison.Ordinal) && !f.Contains("RELEASE", StringComparison.Ordinal)),
            file => Assert.True(Path.Exists(Path.Combine(RepositoryFiles.Root, file)), $"{page} names {file}, which is not there."));
    }

    [Fact]
    public void Runbook_Alarms_AreThoseOfTheTemplate()
    {
        var template = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "deploy", "aws", "service.yaml"));
        var alarms = AlarmName().Matches(template).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal).ToList();

        Assert.NotEmpty(alarms);
        Assert.Equal(alarms, Heading().Matches(File.ReadAllText(Path.Combine(Docs, "runbook.md"))).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));
        Assert.Contains($"| alarms, {alarms.Count} |", File.ReadAllText(Path.Combine(Docs, "guide.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Guide_Costs_AddUp()
    {
        var rows = Regex.Matches(File.ReadAllText(Path.Combine(Docs, "guide.md")), @"\| (\d+\.\d\d) \|$", RegexOptions.Multiline).Select(m => decimal.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        var together = Regex.Match(File.ReadAllText(Path.Combine(Docs, "guide.md")), @"\*\*together\*\* \| \| \*\*([\d.]+)\*\*").Groups[1].Value;

        Assert.Equal(decimal.Parse(together, CultureInfo.InvariantCulture), rows.Sum());
    }

    // The deploy folder as it is, with the files that the publish wrote, in an account of its own.
    private static Stage Follower()
    {
        var stage = new Stage(["guide.sh", "deploy.sh"], "aws", "docker", "git", "curl", "ssh");
        DeployStage.CopyScripts(stage);
        DeployStage.PinPlugin(stage);
        foreach (var file in new[] { "docker", "aws" }.SelectMany(f => Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "deploy", f), "*", SearchOption.AllDirectories)))
        {
            stage.Write(Path.GetRelativePath(RepositoryFiles.Root, file), File.ReadAllText(file));
        }

        stage.Environment["POLL_EVERY"] = "0";
        return stage;
    }

    private static string Script(Stage stage, string page)
    {
        var blocks = Block().Matches(File.ReadAllText(Path.Combine(Docs, page))).Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(blocks);
        return $"set -Eeuo pipefail\ncd '{stage.Folder}'\n{string.Join('\n', blocks)}";
    }

    private static string Prose(string page) => Block().Replace(File.ReadAllText(Path.Combine(Docs, page)), "").ReplaceLineEndings(" ");

    // As GitHub makes them.
    private static HashSet<string> Anchors(string path) =>
        [.. Regex.Matches(File.ReadAllText(path), "^#+ (.*)$", RegexOptions.Multiline).Select(m => Regex.Replace(m.Groups[1].Value.ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-'))];

    [GeneratedRegex("^```bash\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"`(aws [a-z0-9]+ [^`]+)`")]
    private static partial Regex InlineCommand();

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<![\w/.-])(deploy|tests|docs|bench|\.ci|\.github|AppHost|Trainer\.Worker)/[\w./-]*\w")]
    private static partial Regex RepositoryFile();

    [GeneratedRegex(@"AlarmName: !?(?:Sub )?['""]?\$\{Prefix\}-([a-z0-9-]+)")]
    private static partial Regex AlarmName();

    [GeneratedRegex("^### ([a-z0-9-]+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("(?<= )([A-Z][A-Za-z0-9]*)=")]
    private static partial Regex Given();

    [GeneratedRegex("OutputKey=='([A-Za-z0-9]+)'")]
    private static partial Regex Asked();

    [GeneratedRegex("outputs? `([A-Za-z0-9]+)`")]
    private static partial Regex OutputNamed();

    [GeneratedRegex("--name /?(?:analytics/)?([^ ]+)")]
    private static partial Regex Named();
}
