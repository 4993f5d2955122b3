using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>The registry: a repository for each image.</summary>
internal static class Images
{
    // Images run by digest: a tag tells a release, and a release is never pushed twice.
    private const string Lifecycle = """
        {"rules":[
          {"rulePriority":1,"description":"What has no tag is the rest of a push.","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":7},"action":{"type":"expire"}},
          {"rulePriority":2,"description":"Thirty releases to go back to.","selection":{"tagStatus":"tagged","tagPatternList":["*"],"countType":"imageCountMoreThan","countNumber":30},"action":{"type":"expire"}}]}

        """;

    /// <summary>Adds them, by image.</summary>
    public static IReadOnlyDictionary<FleetImage, StackResource> AddTo(Template template, Fleet fleet) => fleet.Images.ToDictionary(
        image => image,
        image => template.Add(
            $"{image.LogicalName}Repository",
            new Repository
            {
                RepositoryName = new Sub($"${{Prefix}}/{image.Name}"),
                ImageTagMutability = "IMMUTABLE",
                ImageScanningConfiguration = new(true),
                LifecyclePolicy = new(Lifecycle),
            },
            Retention.Retain));
}
