using System.Net;
using System.Net.Sockets;
using Markdig;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Analytics.AppHost.Documentation;

/// <summary>
/// Shows the repository's Markdown pages in the browser, on a free port of this machine, for as long as the application runs: a page that is
/// served may not link to a file.
/// </summary>
internal sealed class DocumentationSite : IHostedService, IAsyncDisposable
{
    private static readonly MarkdownPipeline Markdown = new MarkdownPipelineBuilder().UseAdvancedExtensions().DisableHtml().Build();

    private readonly string _root;
    private readonly WebApplication _app;

    /// <param name="root">The repository's root.</param>
    public DocumentationSite(string root)
    {
        _root = Path.GetFullPath(root);
        Address = new Uri($"http://localhost:{FreePort()}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Address.Port));
        _app = builder.Build();
        _app.MapGet("/{**path}", ShowAsync);
    }

    /// <summary>Where it is, once it runs.</summary>
    public Uri Address { get; }

    public Task StartAsync(CancellationToken cancellationToken) => _app.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>The page's file, or null where there is none to show: a Markdown page at the root or below <c>docs</c>.</summary>
    internal string? Find(string? path)
    {
        var file = Path.GetFullPath(Path.Combine(_root, path ?? ""));
        var isShown = file.EndsWith(".md", StringComparison.Ordinal)
            && (Path.GetDirectoryName(file) == _root || file.StartsWith(Path.Combine(_root, "docs") + Path.DirectorySeparatorChar, StringComparison.Ordinal));
        return isShown && File.Exists(file) ? file : null;
    }

    private async Task<IResult> ShowAsync(string? path, CancellationToken cancellationToken)
    {
        if (Find(path) is not { } file)
        {
            return Results.NotFound();
        }

        var text = Markdig.Markdown.ToHtml(await File.ReadAllTextAsync(file, cancellationToken), Markdown);
        return Results.Content(
            $$"""
            <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{Path.GetFileName(file)}}</title>
            <style>
              :root { color-scheme: light dark }
              body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
              pre { overflow: auto; padding: .75rem; background: color-mix(in srgb, currentColor 8%, transparent) }
              table { border-collapse: collapse } th, td { border: 1px solid #8886; padding: .25rem .5rem; text-align: left; vertical-align: top }
            </style>
            {{text}}
            """,
            "text/html; charset=utf-8");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
