using Analytics.Registry.Store;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Analytics.Trainer.Worker.Tests.Runs;

/// <summary>A directory store, made the way the services make it.</summary>
internal static class TestStore
{
    public static IModelStore Open(string folder)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("Store:Url", new Uri(folder).AbsoluteUri)]);
        builder.AddModelRegistry();
        return builder.Services.BuildServiceProvider().GetRequiredService<IModelStore>();
    }
}
