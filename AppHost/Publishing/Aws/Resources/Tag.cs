using Analytics.AppHost.Publishing.Aws.CloudFormation;

namespace Analytics.AppHost.Publishing.Aws.Resources;

/// <summary>A tag.</summary>
internal sealed record Tag(string Key, Value Value)
{
    /// <summary>The tag that the console shows as a name: the deployment's prefix, then this.</summary>
    public static IReadOnlyList<Tag> Name(string name) => [new("Name", new Sub("${Prefix}-" + name))];
}
