namespace Analytics.AppHost.Publishing.Docker;

/// <summary>What runs the application in containers of one host.</summary>
internal static class DockerArtifacts
{
    /// <summary>The folder below the output folder.</summary>
    public const string Folder = "docker";

    /// <summary>A Dockerfile for each image, the compose file, and its variables with their descriptions.</summary>
    public static IEnumerable<Artifact> Of(Deployment deployment) =>
    [
        .. deployment.Images.Select(image => new Artifact($"{Folder}/{DockerFile.Name(image)}", DockerFile.Text(image, deployment.Services))),
        new Artifact($"{Folder}/compose.yaml", ComposeFile.Text(deployment, Host(deployment))),
        new Artifact($"{Folder}/.env.example", EnvironmentFile.Text(deployment)),
    ];

    private static ComposePlace Host(Deployment deployment) => new()
    {
        Heading =
        [
            "Written by `aspire publish` from the application model; a change belongs there (docs/deployment.md).",
            "Its variables are described in .env.example; copy that to .env beside this file and fill it in.",
        ],
        BuildsImages = true,
        CollectorVariables = [.. deployment.Variables.Where(v => v.Name is "AWS_ACCESS_KEY_ID" or "AWS_REGION" or "AWS_SECRET_ACCESS_KEY")],
    };
}
