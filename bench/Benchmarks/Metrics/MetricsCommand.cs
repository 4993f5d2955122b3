using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Analytics.Benchmarks.Metrics;

/// <summary><c>metrics</c>: each metric of the evaluation against scikit-learn's (or NumPy's formula) on the same answers.</summary>
internal static class MetricsCommand
{
    private const double Tolerance = 1e-6;

    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var found = new List<Comparison>();
        using var folder = new WorkFolder();
        using var peer = Process.Start(new ProcessStartInfo("/usr/bin/python3", [BenchFiles.Peer("sklearn_metrics.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var cases = 0;
        await foreach (var one in MetricsCases.AllAsync(cancellationToken))
        {
            cases++;
            found.AddRange(Compare(one, await AskAsync(peer, one, folder, cancellationToken)));
        }

        peer.StandardInput.Close();
        await peer.WaitForExitAsync(cancellationToken);
        var metrics = found.GroupBy(c => c.Metric)
            .Select(g => (Metric: g.Key, Values: g.Sum(c => c.Values), Largest: g.MaxBy(c => c.Difference)!)).ToList();
        TextTable.Write(
            Console.Out,
            ["metric", "values", "largest difference", "in"],
            metrics.Select(m => new[]
            {
                m.Metric, m.Values.ToString(CultureInfo.InvariantCulture), m.Largest.Difference.ToString("0.0e+0", CultureInfo.InvariantCulture), m.Largest.Case,
            }));
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            cases,
            values = found.Sum(c => c.Values),
            tolerance = Tolerance,
            largestDifference = found.Max(c => c.Difference),
            equal = found.TrueForAll(c => c.Difference <= Tolerance),
            metrics = metrics.ToDictionary(m => m.Metric, m => m.Largest.Difference),
        }));
        if (found.Exists(c => !(c.Difference <= Tolerance)))
        {
            throw new InvalidOperationException($"A metric differs by more than {Tolerance}.");
        }
    }

    // Relative above 1: a root of squared dollars has no six digits behind the point.
    private static IEnumerable<Comparison> Compare(MetricsCase one, JsonElement theirs)
    {
        foreach (var (metric, ours) in one.Measure())
        {
            var expected = theirs.GetProperty(metric);
            double[] values = expected.ValueKind == JsonValueKind.Array ? [.. expected.EnumerateArray().Select(e => e.GetDouble())] : [expected.GetDouble()];
            var largest = values.Length != ours.Length
                ? double.PositiveInfinity
                : values.Zip(ours, (e, f) => Math.Abs(e - f) / Math.Max(1, Math.Abs(e))).Max();
            yield return new Comparison(one.Name, metric, values.Length, largest);
        }
    }

    private static async Task<JsonElement> AskAsync(Process peer, MetricsCase one, WorkFolder folder, CancellationToken cancellationToken)
    {
        one.Write(folder.File("answers"), folder.File("labels"));
        var job = new { kind = one.Classes > 0 ? "classes" : "number", answers = folder.File("answers"), labels = folder.File("labels"), classes = one.Classes };
        await peer.StandardInput.WriteLineAsync(JsonSerializer.Serialize(job).AsMemory(), cancellationToken);
        await peer.StandardInput.FlushAsync(cancellationToken);
        var line = await peer.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new InvalidOperationException("sklearn_metrics.py ended without an answer; its messages are above.");
        return JsonDocument.Parse(line).RootElement;
    }

    private sealed record Comparison(string Case, string Metric, int Values, double Difference);
}
