using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Analytics.Testing;

namespace Analytics.Deployment.Tests.Stages;

/// <summary>An operator's machine with this repository's deploy folder and small templates, before an AWS account.</summary>
internal sealed partial class DeployStage : IDisposable
{
    private static readonly string[] Roles = ["scorer", "trainer"];

    public DeployStage()
    {
        CopyScripts(Stage);

        PinPlugin(Stage);
        Stage.Write("deploy/aws/base.yaml", "Parameters:\n  AlarmEmail:\n    Type: String\nResources: {}\n");
        Stage.Write("deploy/aws/service.yaml", "Parameters:\n  AllowedCidr:\n    Type: String\n  InstanceType:\n    Type: String\nResources:\n  Group: {}\n");
        Stage.Write("deploy/aws/stack-policy.json", "{}\n");
        foreach (var role in Roles)
        {
            Stage.Write($"deploy/docker/{role}.Dockerfile", "FROM scratch\n");
            Stage.Write($"deploy/aws/{role}/compose.yaml", "services:\n  x:\n    environment:\n      Scorer__Models__0: iris\n      Scorer__Models__1: 'penguins'\n");
        }

        Stage.Environment["POLL_EVERY"] = "0";
        Release = "r1";
    }

    public Stage Stage { get; } = new("deploy.sh", "aws", "docker", "git", "curl");

    /// <summary>The commit that the operator deploys.</summary>
    public string Release
    {
        get => Stage.Environment["RELEASE"];
        set => Stage.Environment["RELEASE"] = value;
    }

    /// <summary>The calls that change something, cut to their first words and what tells them apart.</summary>
    public IReadOnlyList<string> Changes =>
        [.. Stage.Record.Where(l => Changing().IsMatch(l)).Select(l => Temporary().Replace(l, "TMP"))];

    /// <summary>The parameters of the service stack, as they are now.</summary>
    public IReadOnlyDictionary<string, string> Parameters =>
        Stage.Read("stacks/analytics-service.parameters").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);

    /// <summary>The reference of a release's image.</summary>
    public static string Image(string name, string release) =>
        $"111122223333.dkr.ecr.us-east-2.amazonaws.com/analytics-{name}@sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{name}-{release}")))}";

    /// <summary>The version of the launch template that a role's group launches.</summary>
    public int Running(string role) => int.Parse(Stage.Read($"groups/{role}"), CultureInfo.InvariantCulture);

    /// <summary>Gives a stage the hand-written part of the deploy folder.</summary>
    public static void CopyScripts(Stage stage)
    {
        var deploy = Path.Combine(RepositoryFiles.Root, "deploy");
        var folders = new[] { "lib", "instance", "host" }.SelectMany(f => Directory.EnumerateFiles(Path.Combine(deploy, f)));
        foreach (var file in Directory.EnumerateFiles(deploy, "*.sh").Concat(folders))
        {
            var copy = stage.In(Path.Combine("deploy", Path.GetRelativePath(deploy, file)));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>Pins the release of Docker Compose's plugin that the stage's GitHub has.</summary>
    public static void PinPlugin(Stage stage)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("the plugin\n")));
        stage.Write("deploy/lib/programs.sh", PinnedHash().Replace(stage.Read("deploy/lib/programs.sh"), $"compose_sha256={hash}"));
    }

    public Task<Outcome> DeployAsync(params string[] arguments) => Stage.RunAsync([Stage.In("deploy/deploy.sh"), .. arguments]);

    public void Dispose() => Stage.Dispose();

    [GeneratedRegex("compose_sha256=[0-9a-f]{64}")]
    private static partial Regex PinnedHash();

    [GeneratedRegex("^(aws cloudformation (deploy|set|update)|aws s3api (put|delete)-object|aws autoscaling (start|rollback)|docker buildx build|docker login)")]
    private static partial Regex Changing();

    [GeneratedRegex(@"TMP/[\w.]+")]
    private static partial Regex Temporary();
}
