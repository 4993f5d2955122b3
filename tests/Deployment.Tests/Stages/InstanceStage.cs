using System.Security.Cryptography;
using Analytics.Testing;

namespace Analytics.Deployment.Tests.Stages;

/// <summary>A new instance of the scorer's group, as EC2 starts it: the launch template's user data, and a bundle in the bucket.</summary>
internal sealed class InstanceStage : IDisposable
{
    private const string Image = "111122223333.dkr.ecr.us-east-2.amazonaws.com/analytics-scorer@sha256:";

    /// <summary>Everything outside of the scripts.</summary>
    public static readonly string[] Programs = ["aws", "docker", "dnf", "systemctl", "curl", "amazon-cloudwatch-agent-ctl", "sleep"];

    public InstanceStage()
    {
        Stage.Environment["ANALYTICS_ROOT"] = Stage.Folder;
        Stage.Environment["READY_WITHIN"] = "0";
        Stage.Write("token", "token-of-today");
        Stage.Write("parameters", "/analytics/scorer/PREDICT_KEY_NAME\tmobile app\n/analytics/scorer/PREDICT_KEY_SHA256\t" + new string('a', 64) + "\n");
        Release("r1");
    }

    public Stage Stage { get; } = new("instance.sh", Programs);

    /// <summary>The reference of a release's image.</summary>
    public static string ImageOf(string release) => Image + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(release)));

    /// <summary>The id that the stage's engine gives an image.</summary>
    public static string IdOf(string reference) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(reference)));

    /// <summary>Makes a release's bundle, and the user data that asks for it.</summary>
    public void Release(string release)
    {
        var files = Stage.In($"bundle.{release}");
        Directory.CreateDirectory(Path.Combine(files, "instance"));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "deploy", "instance")))
        {
            File.Copy(file, Path.Combine(files, "instance", Path.GetFileName(file)), overwrite: true);
        }

        File.WriteAllText(Path.Combine(files, "instance", "docker-compose"), "the plugin");
        File.WriteAllText(Path.Combine(files, "compose.yaml"), "services: {}\n");
        File.WriteAllText(Path.Combine(files, "collector.yaml"), "receivers: {}\n");
        File.WriteAllText(Path.Combine(files, "agent.json"), "{}\n");
        var bundle = Stage.In("bundle.tar.gz");
        TestServers.RunAsync("tar", ["--create", "--gzip", "--file", bundle, "--directory", files, "."]).GetAwaiter().GetResult();
        Stage.Write("user-data", Header(release, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(bundle)))) + File.ReadAllText(
            Path.Combine(RepositoryFiles.Root, "AppHost", "Publishing", "Aws", "Instance", "bootstrap.sh")));
    }

    /// <summary>Runs the user data.</summary>
    public Task<Outcome> BootAsync() => Stage.RunAsync(Stage.In("user-data"));

    public void Dispose() => Stage.Dispose();

    private static string Header(string release, string bundle) =>
        $"""
        #!/bin/bash
        export STACK=analytics ROLE=scorer RELEASE={release} REGION=us-east-2 PORT=5000
        export BUCKET=analytics-bucket BUNDLE_SHA256={bundle} STORE_URL=s3://analytics-bucket PARAMETERS=/analytics/scorer
        export GROUP=analytics-scorers LAUNCHING_HOOK=launching TERMINATING_HOOK=terminating
        export REGISTRY=111122223333.dkr.ecr.us-east-2.amazonaws.com SCORER_IMAGE={ImageOf(release)} TRAINER_IMAGE={ImageOf("trainer")}
        export DATABASE_HOST=db.internal DATABASE_SECRET_ARN=arn:aws:secretsmanager:us-east-2:111122223333:secret:rds

        """;
}
