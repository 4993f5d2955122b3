using Analytics.Testing;

namespace Analytics.Deployment.Tests;

/// <summary>Every script by the linter, every unit by systemd.</summary>
public sealed class ScriptTests
{
    private static readonly string[] Generated = ["bin", "obj", "node_modules", "artifacts", "TestResults", ".git", ".data"];

    // The linter does not see that a trap calls a function.
    private const string Unreachable = "--exclude=SC2317,SC2329";

    /// <summary>All shell scripts, relative to the root.</summary>
    public static TheoryData<string> Scripts =>
        [.. Find(RepositoryFiles.Root).Select(f => Path.GetRelativePath(RepositoryFiles.Root, f)).Append(".ci/run").Append("bench/run").Order(StringComparer.Ordinal)];

    public static TheoryData<string> Units => [.. Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "deploy", "instance"), "*.service").Select(f => Path.GetFileName(f)!)];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Script_Linted_HasNothingToSay(string script)
    {
        if (TestServers.FindProgram("shellcheck") is not { } shellcheck)
        {
            TestServers.SkipOrFail("shellcheck is not installed (apt-get install shellcheck).");
            return;
        }

        // A part of a script knows the others' names only through the script that reads them all, and is linted with it.
        var file = Path.Combine(RepositoryFiles.Root, script);
        if (IsPart(file))
        {
            Assert.Contains(Scripts.Select(s => Path.Combine(RepositoryFiles.Root, s.Data)).Where(s => !IsPart(s)), whole => Reads(whole, script));
            return;
        }

        // The user data's header gives the bootstrap its interpreter.
        await TestServers.RunAsync(
            shellcheck, ["--shell=bash", "--external-sources", "--check-sourced", Unreachable, "--source-path=SCRIPTDIR", $"--source-path={RepositoryFiles.Root}", file],
            TestContext.Current.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Units))]
    public async Task Unit_Verified_HasNothingToSay(string unit)
    {
        if (TestServers.FindProgram("systemd-analyze") is not { } analyze)
        {
            Assert.Skip("systemd-analyze is not installed (apt-get install systemd).");
            return;
        }

        var folder = Directory.CreateTempSubdirectory("analytics-units-").FullName;
        try
        {
            // Where the commands are here, and a docker.service to need.
            foreach (var name in Units.Select(u => u.Data))
            {
                var text = await File.ReadAllTextAsync(Path.Combine(RepositoryFiles.Root, "deploy", "instance", name), TestContext.Current.CancellationToken);
                await File.WriteAllTextAsync(
                    Path.Combine(folder, name), text.Replace("/opt/analytics/current", Path.Combine(RepositoryFiles.Root, "deploy"), StringComparison.Ordinal), TestContext.Current.CancellationToken);
            }

            await File.WriteAllTextAsync(Path.Combine(folder, "docker.service"), "[Service]\nExecStart=/bin/true\n", TestContext.Current.CancellationToken);
            await TestServers.RunAsync("/bin/bash", ["-c", "said=$(SYSTEMD_UNIT_PATH=\"$1:\" \"$2\" verify \"$1/$3\" 2>&1); [ -z \"$said\" ] || { echo \"$said\"; exit 1; }", "verify", folder, analyze, unit], TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsPart(string file) => File.ReadLines(file).First() == "# shellcheck shell=bash";

    private static bool Reads(string whole, string part) =>
        File.ReadLines(whole).Any(l => l.StartsWith("# shellcheck source=", StringComparison.Ordinal) && part.EndsWith(l.Split('=')[1], StringComparison.Ordinal));

    private static IEnumerable<string> Find(string folder) =>
        Directory.EnumerateFiles(folder, "*.sh").Concat(
            Directory.EnumerateDirectories(folder).Where(d => !Generated.Contains(Path.GetFileName(d))).SelectMany(Find));
}
