namespace Analytics.AppHost.Publishing.Aws;

/// <summary>An image of the fleet.</summary>
/// <param name="Name">Without the product's name: <c>scorer</c>; the name of its Dockerfile, and of its repository under the stacks' prefix.</param>
internal sealed record FleetImage(string Name)
{
    private const string Product = "analytics-";

    /// <summary>As CloudFormation's names begin: <c>Scorer</c>.</summary>
    public string LogicalName => Names.Pascal(Name);

    /// <summary>The service stack's parameter with the image by digest: <c>ScorerImage</c>.</summary>
    public string Parameter => $"{LogicalName}Image";

    /// <summary>The same in a compose file: <c>SCORER_IMAGE</c>.</summary>
    public string Variable => $"{Name.Replace('-', '_').ToUpperInvariant()}_IMAGE";

    /// <summary>The image that is called <paramref name="image"/>: <c>analytics-scorer</c>.</summary>
    public static FleetImage Of(string image) => new(image.StartsWith(Product, StringComparison.Ordinal) ? image[Product.Length..] : image);
}
