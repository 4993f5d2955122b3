using System.Globalization;
using Analytics.Registry.Models;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;

namespace Analytics.Scorer.Api.Protocols.Hosting;

/// <summary>
/// The scorer as SageMaker starts it, <c>docker run IMAGE serve</c>: other defaults, and every setting can still be given. It listens on
/// port 8080, serves the store that the model's archive was unpacked to, keeps no history unless a database is named, and lets calls
/// without a key in: the platform has none to send, has checked its caller's rights, and nobody else reaches the container.
/// </summary>
internal static class SageMakerHosting
{
    /// <summary>The argument.</summary>
    public const string Argument = "serve";

    /// <summary>Where SageMaker puts the model.</summary>
    public const string ModelFolder = "/opt/ml/model";

    /// <summary>True when SageMaker, or somebody like it, starts the scorer.</summary>
    public static bool IsAsked(string[] args) => args is [Argument, ..];

    /// <summary>Puts the defaults behind everything that is set by the environment or the command line, and before the settings files.</summary>
    public static void UseSageMakerDefaults(this WebApplicationBuilder builder)
    {
        var sources = ((IConfigurationBuilder)builder.Configuration).Sources;
        var lastFile = sources.ToList().FindLastIndex(s => s is JsonConfigurationSource);
        sources.Insert(lastFile + 1, new MemoryConfigurationSource { InitialData = Defaults(builder.Configuration) });
        builder.WebHost.UseUrls($"http://*:{Port(builder.Configuration)}");
    }

    /// <summary>The default settings.</summary>
    internal static Dictionary<string, string?> Defaults(IConfiguration configuration)
    {
        var folder = configuration["Store:Url"] is { Length: > 0 } url && Uri.TryCreate(url, UriKind.Absolute, out var store) && store.IsFile
            ? store.LocalPath
            : ModelFolder;
        var defaults = new Dictionary<string, string?>
        {
            ["Store:Url"] = new Uri(ModelFolder).AbsoluteUri,
            // SIGKILL comes 30 s after SIGTERM, and the platform sends nothing more by then.
            ["Scorer:StopDelay"] = "00:00:00",
            ["Scorer:StopTimeout"] = "00:00:25",
        };
        if (configuration.GetConnectionString("analytics") is null)
        {
            defaults["Journal:Sink"] = "None";
        }

        if (OnlyModel(folder) is { } model)
        {
            defaults["Scorer:DefaultModel"] = model;
        }

        return defaults;
    }

    private static int Port(ConfigurationManager configuration) =>
        int.TryParse(configuration["SAGEMAKER_BIND_TO_PORT"], NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 8080;

    // An archive has one model, and says its name once: as a folder.
    private static string? OnlyModel(string folder)
    {
        var models = Path.Combine(folder, "models");
        return Directory.Exists(models) && Directory.GetDirectories(models) is [var only] && RegistryName.IsModel(Path.GetFileName(only))
            ? Path.GetFileName(only)
            : null;
    }
}
