using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Analytics.AppHost.Documentation;

/// <summary>Links beside the services in the dashboard.</summary>
internal static class DocumentationExtensions
{
    /// <summary>A link to a page of the repository, which this process shows for as long as it runs.</summary>
    public static IResourceBuilder<ProjectResource> WithPage(this IResourceBuilder<ProjectResource> service, string page, string title) =>
        service.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? service
            : service.WithUrl(new Uri(Site(service.ApplicationBuilder).Address, page).AbsoluteUri, title);

    /// <summary>A link to another service's API page.</summary>
    public static IResourceBuilder<ProjectResource> WithLinkTo(
        this IResourceBuilder<ProjectResource> service, IResourceBuilder<ProjectResource> other, string title) =>
        service.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? service
            : service.WithUrl(ReferenceExpression.Create($"{other.GetEndpoint("http")}/scalar"), title);

    private static DocumentationSite Site(IDistributedApplicationBuilder builder)
    {
        if (builder.Services.LastOrDefault(s => s.ServiceType == typeof(DocumentationSite))?.ImplementationInstance is not DocumentationSite site)
        {
            site = new DocumentationSite(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(builder.AppHostDirectory))!);
            builder.Services.AddSingleton(site);
            builder.Services.AddSingleton<IHostedService>(site);
        }

        return site;
    }
}
