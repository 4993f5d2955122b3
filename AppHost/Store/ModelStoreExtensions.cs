using Microsoft.Extensions.Configuration;

namespace Analytics.AppHost.Store;

internal static class ModelStoreExtensions
{
    /// <summary>
    /// The store given by <c>Store:Url</c>, else a directory under the data folder. Everything else under <c>Store:</c> goes to
    /// the services as it is; AWS credentials reach them through the environment, which they inherit. Where the application is published,
    /// its place says which store it has (<see cref="PublishedStore"/>).
    /// </summary>
    public static IResourceBuilder<ModelStoreResource> AddModelStore(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            return builder.AddResource(new ModelStoreResource("store", new Dictionary<string, string> { ["Url"] = PublishedStore.Standard })).ExcludeFromManifest();
        }

        var settings = builder.Configuration.GetSection("Store").AsEnumerable(true)
            .Where(s => !string.IsNullOrEmpty(s.Value))
            .ToDictionary(s => s.Key, s => s.Value!, StringComparer.OrdinalIgnoreCase);

        if (!settings.ContainsKey("Url"))
        {
            var folder = Directory.CreateDirectory(Path.Combine(DataFolder.Of(builder), "store")).FullName;
            settings["Url"] = new Uri(folder).AbsoluteUri;
        }

        var store = new ModelStoreResource("store", settings);
        return builder.AddResource(store)
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = "Store",
                State = KnownResourceStates.Running,
                Properties = [new("Url", store.Url)],
            })
            .ExcludeFromManifest();
    }

    /// <summary>Gives a service the store's settings.</summary>
    public static IResourceBuilder<T> WithReference<T>(this IResourceBuilder<T> service, IResourceBuilder<ModelStoreResource> store)
        where T : IResourceWithEnvironment
    {
        if (service.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            PublishedStore.Give(service);
        }
        else
        {
            foreach (var (key, value) in store.Resource.Settings)
            {
                service.WithEnvironment("Store__" + key.Replace(":", "__", StringComparison.Ordinal), value);
            }
        }

        return service.WithRelationship(store.Resource, "Reference");
    }
}
