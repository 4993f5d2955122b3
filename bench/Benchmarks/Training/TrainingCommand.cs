using System.Globalization;
using Analytics.Benchmarks.Peers;

namespace Analytics.Benchmarks.Training;

/// <summary><c>training [--quick] [SET...]</c>: the forests on the files of <c>bench/data</c>; <c>--quick</c> leaves FastForest out.</summary>
internal static class TrainingCommand
{
    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        Engine[] engines = args.Contains("--quick")
            ? [Engine.Analytics, Engine.ScikitLearn, Engine.Ranger]
            : [Engine.Analytics, Engine.ScikitLearn, Engine.Ranger, Engine.FastForest];
        var names = args.Where(a => a != "--quick").ToList();
        var figures = new List<Figures>();
        foreach (var (name, label) in BenchmarkSet.All.Where(s => names.Count == 0 || names.Contains(s.Name)))
        {
            await Console.Error.WriteLineAsync($"{name} ...");
            var set = await BenchmarkSet.ReadAsync(name, label, cancellationToken);
            figures.AddRange(await new SetBenchmark(set, engines).RunAsync(cancellationToken));
        }

        TextTable.Write(
            Console.Out,
            ["data set", "engine", "seconds", "peak MB", "accuracy", "log-loss", "accuracy against the better of scikit-learn and ranger, points (95 %)"],
            figures.Select(f => new[]
            {
                f.Dataset,
                f.Engine,
                Text(f.Seconds, "0.000"),
                Text(f.PeakMb, "0"),
                Text(f.Accuracy, "0.0000"),
                Text(f.LogLoss, "0.0000"),
                f.Difference is null ? "" : $"{Text(f.Difference, "+0.00;-0.00")} ({Text(f.DifferenceLow, "+0.00;-0.00")} to {Text(f.DifferenceHigh, "+0.00;-0.00")})",
            }));
        Console.WriteLine(Figures.ToJson(figures));
    }

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
