using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Analytics.Benchmarks.Training;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Evaluation;

namespace Analytics.Benchmarks.Datasets;

/// <summary>
/// <c>datasets [--quick] [SET...]</c>: every file of <c>bench/data</c> trained as a run with <c>algorithm: auto</c> does, told nothing
/// but the label's name, beside each single candidate; <c>--quick</c> leaves the single candidates out.
/// </summary>
internal static class DatasetsCommand
{
    private static readonly IReadOnlyList<(string Name, string Label)> Sets = [.. BenchmarkSet.All, ("diamonds", "price")];

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var names = args.Where(a => a != "--quick").ToList();
        string[] algorithms =
        [
            CandidateCatalog.Auto,
            .. args.Contains("--quick") ? [] : CandidateCatalog.All.Select(c => c.Name).Where(n => n != BaselineTrainer.AlgorithmName),
        ];
        var results = new List<Result>();
        foreach (var (name, label) in Sets.Where(s => names.Count == 0 || names.Contains(s.Name)))
        {
            foreach (var algorithm in algorithms)
            {
                await Console.Error.WriteLineAsync($"{name} {algorithm} ...");
                results.Add(await TrainAsync(name, label, algorithm, cancellationToken));
            }
        }

        TextTable.Write(
            Console.Out,
            ["data set", "hold-out rows", "chosen by auto", "hold-out metric (95 %)", "seconds", .. algorithms.Skip(1)],
            results.GroupBy(r => r.Dataset).Select(g => Row(g.First(), g.Skip(1))));
        var classes = results.Where(r => r.Metric == MetricName.Accuracy).ToList();
        var means = classes.GroupBy(r => r.Algorithm).ToDictionary(g => g.Key, g => g.Average(r => r.Value));
        var best = means.Where(m => m.Key != CandidateCatalog.Auto).OrderByDescending(m => m.Value).FirstOrDefault();
        Console.WriteLine();
        Console.WriteLine($"mean hold-out accuracy: {string.Join(", ", means.Select(m => FormattableString.Invariant($"{m.Key} {m.Value:0.0000}")))}");
        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                sets = results.Where(r => r.Algorithm == CandidateCatalog.Auto),
                meanAccuracy = means,
                bestSingle = best.Key,
                pointsAboveBestSingle = best.Key is null ? (double?)null : 100 * (means[CandidateCatalog.Auto] - best.Value),
                diamondsR2 = results.FirstOrDefault(r => r.Dataset == "diamonds" && r.Algorithm == CandidateCatalog.Auto)?.Value,
            },
            JsonSerializerOptions.Web));
    }

    private static async Task<Result> TrainAsync(string name, string label, string algorithm, CancellationToken cancellationToken)
    {
        using var folder = new WorkFolder();
        var watch = Stopwatch.StartNew();
        var trained = await Attempt.RunAsync(name, label, folder.Path, cancellationToken, algorithm: algorithm);
        var seconds = watch.Elapsed.TotalSeconds;
        var report = JsonSerializer.Deserialize(
            await File.ReadAllBytesAsync(folder.File("report.json"), cancellationToken), ReportJson.Default.EvaluationReport)!;
        var metric = trained.Metrics.ContainsKey(MetricName.Accuracy) ? MetricName.Accuracy : MetricName.R2;
        return new Result(
            name,
            algorithm,
            trained.Algorithm,
            report.HoldoutRows,
            metric,
            trained.Metrics[metric],
            report.Intervals[metric].Low,
            report.Intervals[metric].High,
            trained.Evidence!.Metric,
            trained.Evidence.Candidate,
            seconds,
            report.Search?.Fits);
    }

    private static string[] Row(Result auto, IEnumerable<Result> others) =>
    [
        auto.Dataset,
        auto.HoldoutRows.ToString(CultureInfo.InvariantCulture),
        auto.Chosen,
        FormattableString.Invariant($"{auto.Metric} {auto.Value:0.0000} ({auto.Low:0.0000} to {auto.High:0.0000}); {auto.Primary} {auto.PrimaryValue:0.0000}"),
        auto.Seconds.ToString("0.0", CultureInfo.InvariantCulture),
        .. others.Select(o => FormattableString.Invariant($"{o.Value:0.0000}; {o.PrimaryValue:0.0000} ({o.Seconds:0.0} s)")),
    ];

    private sealed record Result(
        string Dataset,
        string Algorithm,
        string Chosen,
        int HoldoutRows,
        string Metric,
        double Value,
        double Low,
        double High,
        string Primary,
        double PrimaryValue,
        double Seconds,
        int? Fits);
}
