namespace Analytics.AppHost.Commands;
internal static class RetrainCommand
{
    public static IResourceBuilder<ProjectResource> WithRetrainCommand(this IResourceBuilder<ProjectResource> trainer) => trainer;
}
