using System.Globalization;
using Analytics.Benchmarks.Peers;
using Analytics.Benchmarks.Training;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Serving.Compiled;
using Analytics.Trainer.Worker.Training.Features;

namespace Analytics.Benchmarks.Scoring;

/// <summary>
/// <c>scoring [--quick] [SET...]</c>: nanoseconds of processor time a row, alone and in blocks; all engines in turns; ours also by
/// BenchmarkDotNet. <c>--quick</c> leaves only the two that serve the same graph.
/// </summary>
internal static class ScoringCommand
{
    private const string Analytics = "analytics";
    private const int Trees = 100;
    private const int BlockRows = 1_000;
    private const int Rounds = 5;

    // A power of two; so many rows that the processor cannot learn them by heart.
    private const int SingleRows = 128;

    private static readonly string[] Sets = ["iris", "satellite"];

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var quick = args.Contains("--quick");
        var names = args.Where(a => a != "--quick").ToList();
        var figures = new List<Figures>();
        foreach (var (name, label) in BenchmarkSet.All.Where(s => (names.Count == 0 ? Sets : (IReadOnlyList<string>)names).Contains(s.Name)))
        {
            await Console.Error.WriteLineAsync($"{name} ...");
            figures.AddRange(await MeasureAsync(await TrainedFile.TrainAsync(name, label, cancellationToken), quick, cancellationToken));
        }

        TextTable.Write(
            Console.Out,
            ["data set", "rows a call", "engine", "ns a row", "BenchmarkDotNet"],
            figures.Select(f => new[]
            {
                f.Dataset,
                f.Rows!.Value.ToString(CultureInfo.InvariantCulture),
                f.Engine,
                f.NsPerRow!.Value.ToString("N0", CultureInfo.InvariantCulture),
                f.BenchmarkDotNetNsPerRow?.ToString("N0", CultureInfo.InvariantCulture) ?? "",
            }));
        Console.WriteLine(Figures.ToJson(figures));
    }

    private static async Task<IReadOnlyList<Figures>> MeasureAsync(TrainedFile file, bool quick, CancellationToken cancellationToken)
    {
        using var folder = new WorkFolder();
        using var compiled = PartsScorer.Over(file.Signature, CompiledForestScorer.Compile(file.Model, DateParts.GraphOf(file.Signature)));
        using var onnx = PartsScorer.Load(file.Model, file.Signature);
        var set = file.Set;
        int[] all = [.. Enumerable.Range(0, set.Table.RowCount)];
        var features = FeatureFitting.Fit(
            set.Table, set.Inputs, all, set.Labels.Indexes, set.Labels.Classes.Count, FeatureStyle.Indicators, []).Apply(set.Table, all);
        ColumnFiles.Write(folder.File("all"), features.Columns, set.Labels.Indexes);
        Target[] targets =
        [
            .. Of(Analytics, compiled, file),
            .. Of("onnxruntime", onnx, file),
            .. quick ? [] : OfMlNet(new MlNetEngine(features, set.Labels.Indexes, set.Labels.Classes.Count, Trees), features, file),
        ];
        foreach (var target in targets)
        {
            target.Prepare();
        }

        var python = new List<ScikitLearnScoring>();
        for (var round = 0; round < Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var target in targets)
            {
                target.Measure();
            }

            if (quick)
            {
                continue;
            }

            python.Add(await ScikitLearnScoring.MeasureAsync(
                folder.File("all"), features.RowCount, features.Columns.Count, Trees, cancellationToken));
        }

        var second = CompiledForestBenchmark.Run(compiled, Singles(file), file.Batch(file.Rows(BlockRows)));
        return
        [
            .. targets.Select(t => new Figures(set.Name, t.Engine)
            {
                Rows = t.Rows,
                NsPerRow = Statistics.Median(t.NsPerRow),
                BenchmarkDotNetNsPerRow = t.Engine == Analytics ? second[t.Rows] : null,
            }),
            .. quick ? [] : (Figures[])
            [
                new Figures(set.Name, "scikit-learn") { Rows = 1, NsPerRow = Statistics.Median(python.Select(p => p.SingleNsPerRow)) },
                new Figures(set.Name, "scikit-learn") { Rows = BlockRows, NsPerRow = Statistics.Median(python.Select(p => p.BlockNsPerRow)) },
            ],
        ];
    }

    private static Target[] Of(string engine, IScorer scorer, TrainedFile file)
    {
        var singles = Singles(file);
        var block = file.Batch(file.Rows(BlockRows));
        var one = new float[scorer.OutputWidth];
        var many = new float[BlockRows * scorer.OutputWidth];
        return
        [
            new(engine, 1, i => scorer.Score(singles[i % SingleRows], one)),
            new(engine, BlockRows, _ => scorer.Score(block, many)),
        ];
    }

    private static RowBatch[] Singles(TrainedFile file) => [.. file.Rows(SingleRows).Select(r => file.Batch([r]))];

    private static Target[] OfMlNet(MlNetEngine engine, FeatureMatrix features, TrainedFile file)
    {
        var singles = file.Rows(SingleRows).Select(Row).ToArray();
        var block = file.Rows(BlockRows).Select(Row).ToArray();
        return
        [
            new("mlnet", 1, i => engine.ScoreOne(singles[i % SingleRows])),
            new("mlnet", BlockRows, _ => engine.ScoreMany(block)),
        ];

        MlNetRow Row(int row)
        {
            var values = new float[features.Columns.Count];
            features.CopyRow(row, values);
            return new MlNetRow { Features = values };
        }
    }
}
