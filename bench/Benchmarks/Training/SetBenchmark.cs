using System.Diagnostics;
using Analytics.Benchmarks.Peers;
using Analytics.Trainer.Worker.Training.Features;

namespace Analytics.Benchmarks.Training;

/// <summary>All engines on one data set, split by split in turns, so that the machine's noise meets all of them.</summary>
internal sealed class SetBenchmark(BenchmarkSet set, IReadOnlyList<Engine> engines)
{
    private const int Trees = 100;
    private const int TimedSplits = 5;
    private const int Folds = 10;

    // A just-in-time compiler needs a moment; every engine gets it.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Engine, List<(PeerAnswer Answer, TestScore Score)>> _timed =
        engines.ToDictionary(e => e, _ => new List<(PeerAnswer, TestScore)>());

    private readonly Dictionary<Engine, List<TestScore>> _folds = engines.ToDictionary(e => e, _ => new List<TestScore>());

    // A row of a small set is half a point of accuracy or more: only many folds tell a difference of a fifth of a point from
    // chance (with two repeats the intervals were three points wide, and log-loss moved by 4 %). On the large ones the timed splits say enough.
    private int FoldRepeats => set.Table.RowCount switch
    {
        < 1_000 => 30,
        < 2_000 => 10,
        < 10_000 => 5,
        _ => 0,
    };

    public async Task<IReadOnlyList<Figures>> RunAsync(CancellationToken cancellationToken)
    {
        using var folder = new WorkFolder();
        var processes = engines.ToDictionary(e => e, e => e.Start());
        try
        {
            for (var seed = 1; seed <= TimedSplits; seed++)
            {
                foreach (var engine in engines.Where(e => seed == 1 || e != Engine.FastForest))
                {
                    var (job, labels) = Job(folder, engine, Split.Fifth(set.Labels.Indexes, seed));
                    if (seed == 1)
                    {
                        await WarmUpAsync(processes[engine], job, cancellationToken);
                    }

                    _timed[engine].Add(await FitAsync(processes[engine], job, labels, cancellationToken));
                }
            }

            foreach (var split in Enumerable.Range(1, FoldRepeats).SelectMany(r => Split.Folds(set.Labels.Indexes, Folds, r)))
            {
                foreach (var engine in engines.Where(e => e != Engine.FastForest))
                {
                    var (job, labels) = Job(folder, engine, split);
                    _folds[engine].Add((await FitAsync(processes[engine], job, labels, cancellationToken)).Score);
                }
            }
        }
        finally
        {
            foreach (var process in processes.Values)
            {
                process.Dispose();
            }
        }

        return [.. engines.Select(FiguresOf)];
    }

    private static async Task WarmUpAsync(PeerProcess process, PeerJob job, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        do
        {
            await process.AskAsync(job, cancellationToken);
        }
        while (watch.Elapsed < WarmUp);
    }

    private static async Task<(PeerAnswer Answer, TestScore Score)> FitAsync(
        PeerProcess process, PeerJob job, int[] labels, CancellationToken cancellationToken)
    {
        var answer = await process.AskAsync(job, cancellationToken);
        return (answer, TestScore.Of(ColumnFiles.ReadProbabilities(job.Output), labels));
    }

    private (PeerJob Job, int[] TestLabels) Job(WorkFolder folder, Engine engine, Split split)
    {
        var encoding = FeatureFitting.Fit(
            set.Table, set.Inputs, split.TrainRows, set.Labels.Indexes, set.Labels.Classes.Count, engine.Style, []);
        var train = encoding.Apply(set.Table, split.TrainRows);
        var test = encoding.Apply(set.Table, split.TestRows);
        int[] testLabels = [.. split.TestRows.Select(r => set.Labels.Indexes[r])];
        ColumnFiles.Write(folder.File("train"), train.Columns, [.. split.TrainRows.Select(r => set.Labels.Indexes[r])]);
        ColumnFiles.Write(folder.File("test"), test.Columns, testLabels);
        var job = new PeerJob
        {
            Train = folder.File("train"),
            Test = folder.File("test"),
            Rows = train.RowCount,
            TestRows = test.RowCount,
            Columns = train.Columns.Count,
            Classes = set.Labels.Classes.Count,
            Trees = Trees,
            Seed = split.Seed,
            Output = folder.File("probabilities"),
        };
        return (job, testLabels);
    }

    private List<TestScore> ScoresOf(Engine engine) =>
        _folds[engine].Count > 0 ? _folds[engine] : [.. _timed[engine].Select(t => t.Score)];

    private Figures FiguresOf(Engine engine)
    {
        var figures = new Figures(set.Name, engine.Name)
        {
            Rows = set.Table.RowCount,
            Seconds = Statistics.Median(_timed[engine].Select(t => t.Answer.Seconds)),
            PeakMb = _timed[engine].Max(t => t.Answer.PeakMb),
            Accuracy = ScoresOf(engine).Average(s => s.Accuracy),
            LogLoss = ScoresOf(engine).Average(s => s.LogLoss),
        };
        if (engine != Engine.Analytics)
        {
            return figures;
        }

        var better = new[] { Engine.ScikitLearn, Engine.Ranger }.MaxBy(e => ScoresOf(e).Average(s => s.Accuracy))!;
        var (mean, low, high) = Statistics.MeanWithInterval(
            [.. ScoresOf(engine).Zip(ScoresOf(better), (ours, theirs) => 100 * (ours.Accuracy - theirs.Accuracy))]);
        return figures with { Difference = mean, DifferenceLow = low, DifferenceHigh = high };
    }
}
