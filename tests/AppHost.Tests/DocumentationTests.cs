using Analytics.AppHost.Documentation;
using Analytics.Testing;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Analytics.AppHost.Tests;

/// <summary>The links beside the services and the pages that they lead to.</summary>
public sealed class DocumentationTests
{
    [Theory]
    [InlineData("README.md", true)]
    [InlineData("docs/api.md", true)]
    [InlineData("docs/decisions/telemetry.md", true)]
    [InlineData("Analytics.sln", false)]
    [InlineData("AppHost/appsettings.json", false)]
    [InlineData("bench/data/README.md", false)]
    [InlineData("../README.md", false)]
    [InlineData("docs/../../../etc/passwd", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData("docs/no-such-page.md", false)]
    public async Task Site_Pages_AreTheRepositorysAndNothingElse(string path, bool isShown)
    {
        await using var site = new DocumentationSite(RepositoryFiles.Root);

        Assert.Equal(isShown, site.Find(path) is not null);
    }

    [Fact]
    public async Task Site_Readme_IsShownWithItsLinks()
    {
        await using var site = new DocumentationSite(RepositoryFiles.Root);
        await site.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = site.Address };

        var page = await client.GetStringAsync("README.md", TestContext.Current.CancellationToken);
        Assert.Contains("<h1 id=\"analytics\">Analytics</h1>", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"docs/telemetry.md\">", page, StringComparison.Ordinal);
        await site.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Links_OfTheServices_LeadToPagesThatAreThere()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            ["--ConnectionStrings:analytics=Host=db"], TestContext.Current.CancellationToken);
        await using var site = new DocumentationSite(RepositoryFiles.Root);

        foreach (var service in (string[])["trainer", "scorer"])
        {
            var links = builder.Resources.Single(r => r.Name == service).Annotations.OfType<ResourceUrlAnnotation>().ToList();
            Assert.Contains(links, l => l.DisplayText == "README");
            Assert.All(links, l => Assert.NotNull(site.Find(new Uri(l.Url).AbsolutePath.TrimStart('/'))));
        }
    }
}
