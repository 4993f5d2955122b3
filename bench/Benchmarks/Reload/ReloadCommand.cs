using System.Globalization;
using System.Text.Json;
using Analytics.Benchmarks.Load;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Analytics.Benchmarks.Reload;

/// <summary>
/// <c>reload [PUBLISHES] [SECONDS] [STEADY SECONDS] [none]</c>: versions published under fire. The scorer is a process of its
/// own, the store a directory, the history PostgreSQL, or with <c>none</c> nowhere; all of it and the load share the machine.
/// </summary>
internal static class ReloadCommand
{
    private const double Load = 0.7;
    private const int RowsOfModel = 64;
    private const int Variants = 3;
    private static readonly TimeSpan FullLoad = TimeSpan.FromSeconds(10);
    private static readonly (string Name, string Label)[] Models = [("iris", "species"), ("letter", "lettr")];

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var publishes = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200;
        var time = TimeSpan.FromSeconds(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 300);
        var steady = TimeSpan.FromSeconds(args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 30);
        var variants = new List<TrainedVariant[]>();
        foreach (var (name, label) in Models)
        {
            await Console.Error.WriteLineAsync($"training {name} ...");
            var trained = new TrainedVariant[Variants];
            for (var i = 0; i < Variants; i++)
            {
                trained[i] = await TrainedVariant.TrainAsync(name, label, i + 1, RowsOfModel, cancellationToken);
            }

            variants.Add(trained);
        }

        using var folder = new WorkFolder();
        using var store = OpenStore(folder);
        var publisher = new Publisher(store.Services.GetRequiredService<ModelRegistry>(), folder);
        var publications = ReloadSchedule.Make(variants, publishes);
        foreach (var publication in publications)
        {
            var others = variants.Single(v => v[0].Model == publication.Model);
            var other = others[(Array.IndexOf(others, publication.Variant) + 1) % Variants];
            await publisher.PrepareAsync(publication, other, cancellationToken);
        }

        await using var postgres = new PostgresServer();
        var history = args.Length > 3 && args[3] == "none"
            ? new Dictionary<string, string> { ["Journal:Sink"] = "None" }
            : new Dictionary<string, string> { ["ConnectionStrings:analytics"] = await CreateDatabaseAsync(postgres, cancellationToken) };
        foreach (var first in publications.Take(Models.Length))
        {
            await publisher.PublishAsync(first, cancellationToken);
        }

        using var scorer = new ScorerProcess(
            new Dictionary<string, string>(history)
            {
                ["Store:Url"] = StoreUrl(folder),
                ["Scorer:CacheFolder"] = folder.File("cache"),
                ["Journal:Folder"] = folder.File("journal"),
                ["Scorer:DefaultModel"] = Models[0].Name,
                ["Scorer:Models:0"] = Models[1].Name,
            },
            folder.File("scorer.log"));
        await scorer.StartAsync(cancellationToken);
        var run = new ReloadRun(scorer, publisher, publications, variants);
        var figures = await run.MeasureAsync(FullLoad, Load, steady, time, cancellationToken);
        ReloadRun.WriteTable(figures);
        Console.WriteLine(JsonSerializer.Serialize(figures, JsonSerializerOptions.Web));
    }

    private static IHost OpenStore(WorkFolder folder)
    {
        Directory.CreateDirectory(folder.File("store"));
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["Store:Url"] = StoreUrl(folder);
        builder.AddModelRegistry();
        return builder.Build();
    }

    private static string StoreUrl(WorkFolder folder) => new Uri(folder.File("store")).AbsoluteUri;

    private static async Task<string> CreateDatabaseAsync(PostgresServer postgres, CancellationToken cancellationToken)
    {
        var database = await postgres.CreateDatabaseAsync();
        var options = new DbContextOptionsBuilder<AnalyticsContext>();
        AnalyticsDatabase.Configure(options.UseNpgsql(database));
        await using var context = new AnalyticsContext(options.Options);
        await DatabaseMigrator.MigrateAsync(context, cancellationToken);
        return database;
    }
}
