using Analytics.Registry.Models;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Analytics.Registry.Store;

/// <summary>Registration of the store and the registry over it.</summary>
public static class ModelRegistryExtensions
{
    /// <summary>
    /// Adds <see cref="StoreOptions"/> (checked at start), <see cref="IModelStore"/>, <see cref="ModelRegistry"/> and, where
    /// there is none yet, <see cref="TimeProvider.System"/>. The root of a directory store is created when it is missing.
    /// </summary>
    public static IHostApplicationBuilder AddModelRegistry(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var environment = builder.Environment;
        builder.Services.AddOptions<StoreOptions>()
            .Bind(builder.Configuration.GetSection(StoreOptions.Section))
            .PostConfigure(options =>
            {
                // In Production a forgotten setting must not become an empty store in the container's file system.
                if (string.IsNullOrWhiteSpace(options.Url) && !environment.IsProduction())
                {
                    options.Url = new Uri(Path.GetFullPath(Path.Combine(environment.ContentRootPath, ".data", "store"))).AbsoluteUri;
                }
            })
            .ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StoreOptions>, StoreOptionsValidation>());
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton(services => CreateStore(
            services.GetRequiredService<IOptions<StoreOptions>>().Value, services.GetRequiredService<TimeProvider>()));
        builder.Services.TryAddSingleton<ModelRegistry>();
        return builder;
    }

    /// <summary>The store that the (valid) options describe. Reaches for nothing but the root directory.</summary>
    internal static IModelStore CreateStore(StoreOptions options, TimeProvider time)
    {
        if (!StoreUrl.TryParse(options.Url, out var url))
        {
            throw new ArgumentException($"Store:Url is of another form: expected {StoreUrl.Forms}.", nameof(options));
        }

        if (url.Directory is { } directory)
        {
            var store = new DirectoryModelStore(directory, options.RequestTimeout, time);
            store.CreateRoot();
            return store;
        }

        return new S3ModelStore(S3Client.Create(options), url.Bucket!, url.Prefix, options, time);
    }
}
