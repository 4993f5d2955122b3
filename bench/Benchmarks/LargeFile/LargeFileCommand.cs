using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Runs;
using Analytics.Trainer.Worker.Training;
using Microsoft.Extensions.Logging.Abstractions;

namespace Analytics.Benchmarks.LargeFile;

/// <summary>
/// <c>large-file [GB]</c>: a generated CSV file, 5 GB unless said otherwise, is checked, profiled, split and trained on by the process
/// that a training run starts, which may hold 3 GB and is ended beyond that. The forest is small so that reading is what is measured.
/// </summary>
internal static class LargeFileCommand
{
    private const long MemoryBound = 3L << 30;
    private const int Trees = 10;
    private const int MaxDepth = 12;
    private const double SampleFraction = 0.2;

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var gigabytes = args is [var size] ? double.Parse(size, CultureInfo.InvariantCulture) : 5;
        using var folder = new WorkFolder();
        var watch = Stopwatch.StartNew();
        var path = folder.File("data.csv");
        var rows = await GeneratedCsv.WriteAsync(path, (long)(gigabytes * 1e9), cancellationToken);
        var generated = watch.Elapsed;
        await Console.Error.WriteLineAsync($"{new FileInfo(path).Length} bytes, {rows} rows written in {generated.TotalSeconds:0} s");
        await WriteJobAsync(folder, cancellationToken);

        var stages = new List<(string Stage, TimeSpan At)>();
        watch.Restart();
        var exit = await new AttemptProcess(TimeProvider.System, NullLogger<AttemptProcess>.Instance).RunAsync(
            folder.Path,
            MemoryBound,
            progress =>
            {
                if (stages.Count == 0 || stages[^1].Stage != progress.Stage)
                {
                    stages.Add((progress.Stage, watch.Elapsed));
                }
            },
            cancellationToken);
        var total = watch.Elapsed;
        var outcome = exit.ExitCode == 0
            ? JsonSerializer.Deserialize(
                await File.ReadAllBytesAsync(folder.File(TrainingOutcome.FileName), cancellationToken), AttemptJson.Default.TrainingOutcome)
            : null;
        var trained = outcome?.Trained ?? throw new InvalidOperationException(
            $"No model: {outcome?.Error ?? (exit.OverMemory ? $"the process held {exit.PeakMemory >> 20} MB" : string.Join('\n', exit.ErrorTail))}");

        var seconds = stages.Select((s, i) => (s.Stage, Seconds: ((i + 1 < stages.Count ? stages[i + 1].At : total) - s.At).TotalSeconds)).ToList();
        TextTable.Write(Console.Out, ["stage", "seconds"], seconds.Select(s => new[] { s.Stage, s.Seconds.ToString("0.0", CultureInfo.InvariantCulture) }));
        foreach (var warning in trained.Warnings)
        {
            Console.WriteLine(warning);
        }

        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                bytes = new FileInfo(path).Length,
                rows,
                columns = GeneratedCsv.Columns,
                trainRows = trained.Data.TrainRows,
                holdoutRows = trained.Data.HoldoutRows,
                seconds = Math.Round(total.TotalSeconds, 1),
                stages = seconds.ToDictionary(s => s.Stage, s => Math.Round(s.Seconds, 1)),
                peakMb = exit.PeakMemory >> 20,
                boundMb = MemoryBound >> 20,
                algorithm = trained.Algorithm,
                trees = Trees,
                maxDepth = MaxDepth,
                sampleFraction = SampleFraction,
                metrics = trained.Metrics,
            },
            JsonSerializerOptions.Web));
    }

    private static Task WriteJobAsync(WorkFolder folder, CancellationToken cancellationToken)
    {
        var job = new TrainingJob
        {
            Model = "large",
            Dataset = "large",
            DataFile = "data.csv",
            Schema = new DatasetSchema(GeneratedCsv.Label),
            Algorithm = "random-forest",
            Parameters = new Dictionary<string, JsonElement>
            {
                ["trees"] = JsonSerializer.SerializeToElement(Trees),
                ["maxDepth"] = JsonSerializer.SerializeToElement(MaxDepth),
                ["sampleFraction"] = JsonSerializer.SerializeToElement(SampleFraction),
            },
        };
        return File.WriteAllBytesAsync(
            folder.File(TrainingJob.FileName), JsonSerializer.SerializeToUtf8Bytes(job, AttemptJson.Default.TrainingJob), cancellationToken);
    }
}
