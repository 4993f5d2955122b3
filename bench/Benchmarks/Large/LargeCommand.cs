using System.Diagnostics;
using System.Globalization;
using Analytics.Benchmarks.Peers;
using Analytics.Benchmarks.Training;

namespace Analytics.Benchmarks.Large;

/// <summary>
/// <c>large [--all] [ROWS...]</c>: a generated set of growing size (50 columns, 10 classes, 20 % label noise), 20 trees of at most
/// 16 levels. ranger takes part up to 100,000 rows, with <c>--all</c> on every size.
/// </summary>
internal static class LargeCommand
{
    private const int WarmUpRows = 10_000;
    private const int RangerRows = 100_000;
    private const int TestRows = 20_000;
    private const int Columns = 50;
    private const int Classes = 10;
    private const int Trees = 20;
    private const int MaxDepth = 16;

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var sizes = args.Where(a => a != "--all").Select(a => int.Parse(a, CultureInfo.InvariantCulture)).ToList();
        if (sizes.Count == 0)
        {
            sizes = [10_000, 100_000, 1_000_000];
        }

        using var folder = new WorkFolder();
        var warmUp = await GenerateAsync(folder, WarmUpRows, cancellationToken);
        var figures = new List<Figures>();
        foreach (var rows in sizes)
        {
            var job = rows == WarmUpRows ? warmUp : await GenerateAsync(folder, rows, cancellationToken);
            foreach (var engine in rows <= RangerRows || args.Contains("--all")
                ? [Engine.Analytics, Engine.ScikitLearn, Engine.Ranger] : (Engine[])[Engine.Analytics, Engine.ScikitLearn])
            {
                await Console.Error.WriteLineAsync($"{rows} rows, {engine.Name} ...");
                figures.Add(await MeasureAsync(engine, warmUp, job, cancellationToken));
            }
        }

        TextTable.Write(
            Console.Out,
            ["rows", "engine", "seconds", "seconds per million rows", "peak MB", "accuracy", "log-loss"],
            figures.Select(f => new[]
            {
                f.Rows!.Value.ToString("N0", CultureInfo.InvariantCulture),
                f.Engine,
                f.Seconds!.Value.ToString("0.00", CultureInfo.InvariantCulture),
                f.SecondsPerMillionRows!.Value.ToString("0.0", CultureInfo.InvariantCulture),
                f.PeakMb!.Value.ToString("0", CultureInfo.InvariantCulture),
                f.Accuracy!.Value.ToString("0.0000", CultureInfo.InvariantCulture),
                f.LogLoss!.Value.ToString("0.0000", CultureInfo.InvariantCulture),
            }));
        Console.WriteLine(Figures.ToJson(figures));
    }

    // A process for each size: the high-water mark never falls. The small set warms it up without raising the mark.
    private static async Task<Figures> MeasureAsync(Engine engine, PeerJob warmUp, PeerJob job, CancellationToken cancellationToken)
    {
        using var process = engine.Start();
        await process.AskAsync(warmUp, cancellationToken);
        var answer = await process.AskAsync(job, cancellationToken);
        var score = TestScore.Of(ColumnFiles.ReadProbabilities(job.Output), ColumnFiles.ReadLabels(job.Test));
        return new Figures("generated", engine.Name)
        {
            Rows = job.Rows,
            Seconds = answer.Seconds,
            SecondsPerMillionRows = answer.Seconds * 1e6 / job.Rows,
            PeakMb = answer.PeakMb,
            Accuracy = score.Accuracy,
            LogLoss = score.LogLoss,
        };
    }

    private static async Task<PeerJob> GenerateAsync(WorkFolder folder, int rows, CancellationToken cancellationToken)
    {
        var stem = folder.File(rows.ToString(CultureInfo.InvariantCulture));
        using var process = Process.Start(
            "/usr/bin/python3",
            [
                BenchFiles.Peer("make_classification.py"),
                stem,
                rows.ToString(CultureInfo.InvariantCulture),
                TestRows.ToString(CultureInfo.InvariantCulture),
            ]);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode != 0
            ? throw new InvalidOperationException($"make_classification.py ended with {process.ExitCode}; its messages are above.")
            : new PeerJob
            {
                Train = $"{stem}.train",
                Test = $"{stem}.test",
                Rows = rows,
                TestRows = TestRows,
                Columns = Columns,
                Classes = Classes,
                Trees = Trees,
                MaxDepth = MaxDepth,
                Seed = 1,
                Output = folder.File("probabilities"),
            };
    }
}
