using System.Reflection;
using Analytics.Registry.Store;
using Analytics.Scorer.Api;
using Analytics.ServiceDefaults.Telemetry;
using Analytics.Testing;
using Analytics.Trainer.Worker.Runs;

namespace Analytics.EndToEnd.Tests;

/// <summary>Every setting of the options classes stands in the table of settings.</summary>
public sealed class ConfigurationPageTests
{
    [Fact]
    public async Task ConfigurationPage_EverySetting_IsThere()
    {
        var page = await File.ReadAllTextAsync(
            Path.Combine(RepositoryFiles.Root, "docs", "configuration.md"), TestContext.Current.CancellationToken);
        Assembly[] assemblies = [typeof(StoreOptions).Assembly, typeof(ScorerOptions).Assembly, typeof(TrainerOptions).Assembly, typeof(TelemetryOptions).Assembly];
        var settings =
            (from type in assemblies.SelectMany(a => a.GetTypes())
             let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)
             where type.Name.EndsWith("Options", StringComparison.Ordinal) && section?.IsLiteral == true
             from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
             select $"{section.GetRawConstantValue()}:{property.Name}").ToList();

        Assert.InRange(settings.Count, 25, 500);
        Assert.All(settings, setting => Assert.Contains($"`{setting}`", page, StringComparison.Ordinal));
    }
}
