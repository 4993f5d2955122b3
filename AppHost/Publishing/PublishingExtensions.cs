using Aspire.Hosting.Pipelines;

namespace Analytics.AppHost.Publishing;

internal static class PublishingExtensions
{
    /// <summary>
    /// Adds the step that writes everything needed to run the application elsewhere:
    /// <c>dotnet aspire publish --project AppHost -o deploy --non-interactive</c>. In run mode nothing is added.
    /// </summary>
    public static PublishOutcome AddPublishing(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsRunMode)
        {
            return new PublishOutcome(isExpected: false);
        }

        // Without the CLI a failed step would end with 0; this event comes only when every step has succeeded.
        var outcome = new PublishOutcome(isExpected: true);
        builder.Eventing.Subscribe<Aspire.Hosting.Publishing.AfterPublishEvent>((_, _) =>
        {
            outcome.Succeeded();
            return Task.CompletedTask;
        });
        var repository = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(builder.AppHostDirectory))!;
        var environment = new ComputeEnvironment("containers");
        environment.Annotations.Add(new PipelineStepAnnotation(_ => PublishStep.Create(environment, repository)));
        builder.AddResource(environment);
        return outcome;
    }
}
