using System.Globalization;
using System.Text.Json;
using Analytics.Benchmarks.Load;
using Analytics.Testing;

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
        using var store = new BenchStore();
        var publisher = new Publisher(store.Registry, folder);
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
            : new Dictionary<string, string> { ["ConnectionStrings:analytics"] = await BenchDatabase.CreateAsync(postgres, cancellationToken) };
        foreach (var first in publications.Take(Models.Length))
        {
            await publisher.PublishAsync(first, cancellationToken);
        }

        using var scorer = new ScorerProcess(
            new Dictionary<string, string>(history)
            {
                ["Store:Url"] = store.Url,
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
}
