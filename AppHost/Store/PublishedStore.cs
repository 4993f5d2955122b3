using Analytics.AppHost.Publishing;

namespace Analytics.AppHost.Store;

/// <summary>The store's settings where the application is published: variables, with a volume of the host behind the default.</summary>
internal static class PublishedStore
{
    private const string Volume = "store";

    /// <summary>The default: the volume.</summary>
    public const string Standard = $"file:///data/{Volume}";

    private static readonly (string Setting, string Parameter, string Value, string Description)[] Settings =
    [
        ("Store__Url", "store-url", Standard, "The store of models and data sets: s3://bucket/prefix, or a directory of the volume 'store'."),
        ("Store__ServiceUrl", "store-service-url", "", "The endpoint of an S3-compatible server; empty: Amazon's."),
        ("Store__Checksums", "store-checksums", "WhenSupported", "Checksums of requests to S3: WhenSupported, or WhenRequired for servers that refuse the others."),
        ("AWS_REGION", "aws-region", "", "The region of Amazon's services; empty: the machine's own."),
        ("AWS_ACCESS_KEY_ID", "aws-access-key-id", "", "An access key for S3 and CloudWatch where the machine has no role; empty: the role's."),
    ];

    /// <summary>Gives a service the settings and the volume.</summary>
    public static void Give<T>(IResourceBuilder<T> service)
        where T : IResourceWithEnvironment
    {
        var builder = service.ApplicationBuilder;
        foreach (var (setting, name, value, description) in Settings)
        {
            Give(service, setting, name, () => builder.AddParameter(name, value, publishValueAsDefault: true).WithDescription(description));
        }

        Give(
            service,
            "AWS_SECRET_ACCESS_KEY",
            "aws-secret-access-key",
            () => builder.AddParameter("aws-secret-access-key", new EmptyDefault(), secret: true).WithDescription("The secret of that access key."));
        service.WithVolume(Volume);
    }

    // The trainer and the scorer have the same.
    private static void Give<T>(IResourceBuilder<T> service, string setting, string name, Func<IResourceBuilder<ParameterResource>> add)
        where T : IResourceWithEnvironment
    {
        var parameter = service.ApplicationBuilder.Resources.OfType<ParameterResource>().FirstOrDefault(p => p.Name == name) ?? add().Resource;
        service.WithEnvironment(context => context.EnvironmentVariables[setting] = parameter);
    }
}
