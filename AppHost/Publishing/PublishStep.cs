using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Analytics.AppHost.Publishing;

/// <summary>The step of Aspire's pipeline that reads the application model and writes every family of files.</summary>
internal static partial class PublishStep
{
    private const string Name = "write-artifacts";

    /// <summary>Each published file is made by one of these, a pure function of the deployment.</summary>
    private static readonly Func<Deployment, IEnumerable<Artifact>>[] Families =
    [
        Docker.DockerArtifacts.Of,
        Aws.AwsArtifacts.Of,
        Telemetry.TelemetryArtifacts.Of,
    ];

    /// <summary>The step.</summary>
    /// <param name="environment">The resource that has it.</param>
    /// <param name="repository">The repository's root, where the projects' files are read.</param>
    public static PipelineStep Create(ComputeEnvironment environment, string repository) => new()
    {
        Name = Name,
        Description = "Writes the files that run the application elsewhere.",
        Resource = environment,
        RequiredBySteps = [WellKnownPipelineSteps.Publish],
        Action = context => WriteAsync(context, repository),
    };

    /// <summary>All files of a deployment, in the order of their paths.</summary>
    public static IReadOnlyList<Artifact> Artifacts(Deployment deployment)
    {
        var artifacts = Families.SelectMany(family => family(deployment)).OrderBy(a => a.Path, StringComparer.Ordinal).ToList();
        return artifacts.GroupBy(a => a.Path, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new InvalidOperationException($"{twice.Key} is written {twice.Count()} times; expected one family to write it.")
            : artifacts;
    }

    private static async Task WriteAsync(PipelineStepContext context, string repository)
    {
        var deployment = await new DeploymentReader(repository, context.ExecutionContext, context.Logger).ReadAsync(context.Model, context.CancellationToken);
        var output = context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory();
        var artifacts = Artifacts(deployment);
        await OutputFolder.WriteAsync(output, artifacts, context.CancellationToken);
        LogWritten(context.Logger, artifacts.Count, output);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} files are in {Folder}")]
    private static partial void LogWritten(ILogger logger, int count, string folder);
}
