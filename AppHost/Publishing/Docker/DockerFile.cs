using System.Globalization;

namespace Analytics.AppHost.Publishing.Docker;

/// <summary>The Dockerfile of an image: it restores, compiles ahead of time, and keeps the program alone on the runtime's image.</summary>
internal static class DockerFile
{
    /// <summary>The user and group that .NET's images have for applications (<c>app</c>); a number, so that a host can see that it is not root.</summary>
    public const string User = "1654:1654";

    private const string Sdk = "mcr.microsoft.com/dotnet/sdk:10.0";
    private const string Runtime = "mcr.microsoft.com/dotnet/aspnet:10.0";

    /// <summary>The file's name: <c>scorer.Dockerfile</c>.</summary>
    public static string Name(DeployedImage image) => $"{ShortName(image.Name)}.Dockerfile";

    /// <summary>The image's name without what all have in common: <c>analytics-scorer</c> is <c>scorer</c>.</summary>
    public static string ShortName(string image) => image[(image.IndexOf('-', StringComparison.Ordinal) + 1)..];

    /// <summary>The file.</summary>
    /// <param name="image">The image.</param>
    /// <param name="services">All services; those that run this image decide its ports and folders.</param>
    public static string Text(DeployedImage image, IEnumerable<DeployedService> services)
    {
        var own = services.Where(s => s.Image == image.Name).ToList();
        var volumes = own.SelectMany(s => s.Volumes).Select(v => v.Path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var ports = own.SelectMany(s => s.Ports).Select(p => p.Port).Distinct().Order().ToList();
        string[] lines =
        [
            "# Written by `aspire publish` from the application model; a change belongs there (docs/deployment.md).",
            $"# From the repository's root: docker build -f deploy/{DockerArtifacts.Folder}/{Name(image)} -t {image.Name} .",
            $"FROM {Sdk} AS build",
            "WORKDIR /src",
            "# Packages are a layer of their own, made anew only when a project's file changes.",
            "COPY global.json Directory.Build.props Directory.Packages.props ./",
            .. image.Projects.Select(p => $"COPY {p} {ProjectFiles.Folder(p)}/"),
            $"RUN dotnet restore {image.Project} --use-current-runtime -p:PublishReadyToRun=true",
            .. image.Libraries.SelectMany(Library),
            "# A volume takes its owner from the image's folder.",
            $"RUN mkdir -p {string.Join(' ', ["/out/data", .. volumes.Select(v => $"/out{v}")])}",
            .. image.LinkedFiles.Select(f => $"COPY {f} {ProjectFiles.Folder(f)}/"),
            .. image.Projects.Select(p => $"COPY {ProjectFiles.Folder(p)}/ {ProjectFiles.Folder(p)}/"),
            "ARG VERSION=0.0.0",
            "ARG REVISION=unknown",
            $"RUN dotnet publish {image.Project} --no-restore --use-current-runtime --no-self-contained --output /out/app \\",
            "    -p:PublishReadyToRun=true -p:DebugType=none -p:GenerateDocumentationFile=false -p:RunAnalyzers=false \\",
            "    -p:Version=$VERSION -p:SourceRevisionId=$REVISION",
            "",
            $"FROM {Runtime}",
            $"COPY --from=build --chown={User} /out/data/ /data/",
            .. image.Libraries.Take(1).Select(_ => "COPY --from=build /out/lib/ /usr/lib/"),
            "COPY --from=build /out/app/ /app/",
            "ARG VERSION=0.0.0",
            "ARG REVISION=unknown",
            $"LABEL org.opencontainers.image.title={image.Name} \\",
            "      org.opencontainers.image.version=$VERSION \\",
            "      org.opencontainers.image.revision=$REVISION \\",
            "      org.opencontainers.image.licenses=MIT",
            "# Settings files are found wherever the program is started from.",
            "ENV ASPNETCORE_CONTENTROOT=/app",
            .. own.SelectMany(s => s.Ports).Where(p => p.Name == "http").Take(1).Select(p => string.Create(CultureInfo.InvariantCulture, $"ENV ASPNETCORE_HTTP_PORTS={p.Port}")),
            "WORKDIR /app",
            $"USER {User}",
            .. ports.Select(port => string.Create(CultureInfo.InvariantCulture, $"EXPOSE {port}")),
            "STOPSIGNAL SIGTERM",
            own.Any(s => s.IsHealthChecked) ? $"HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD {Exec(HealthCommand(image))}" : "HEALTHCHECK NONE",
            $"ENTRYPOINT {Exec(Command(image))}",
        ];
        return string.Concat(lines.Select(line => line + "\n"));
    }

    /// <summary>The program's own check, as a command.</summary>
    public static string[] HealthCommand(DeployedImage image) => [.. Command(image), "--health"];

    private static string[] Command(DeployedImage image) => ["dotnet", $"/app/{image.Program}.dll"];

    // The form that needs no shell.
    private static string Exec(IEnumerable<string> command) => $"[{string.Join(", ", command.Select(part => $"\"{part}\""))}]";

    // From the SDK's image or its distribution, which is that of the runtime's image.
    private static IEnumerable<string> Library(ImageLibrary library) =>
    [
        $"# The runtime's image lacks {library.File}.",
        $"RUN ls /usr/lib/*/{library.File} || (apt-get update && apt-get install -y --no-install-recommends {library.Package}); \\",
        $"    mkdir -p /out/lib && cp -L /usr/lib/*/{library.File} /out/lib/",
    ];
}
