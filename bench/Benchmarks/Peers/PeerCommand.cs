using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Analytics.Benchmarks.Http;
using Analytics.Trainer.Worker.Training.Candidates;
using Analytics.Trainer.Worker.Training.Features;
using Analytics.Trainer.Worker.Training.Forest;

namespace Analytics.Benchmarks.Peers;

/// <summary>
/// The process of a peer of .NET: an engine (<c>peer analytics</c>, <c>peer fastforest</c>) or a web server on a port
/// (<c>peer bare-kestrel PORT</c> …).
/// </summary>
internal static class PeerCommand
{
    public static Task RunAsync(string[] args, CancellationToken cancellationToken) => args switch
    {
        [WebPeers.BareKestrel, var port] => WebPeers.RunBareKestrelAsync(Port(port), cancellationToken),
        [WebPeers.MlNetPool, var port] => WebPeers.RunMlNetPoolAsync(Port(port), cancellationToken),
        [WebPeers.Collector, var port] => WebPeers.RunCollectorAsync(Port(port), cancellationToken),
        _ => RunEngineAsync(args, cancellationToken),
    };

    private static int Port(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static async Task RunEngineAsync(string[] args, CancellationToken cancellationToken)
    {
        Func<PeerJob, FeatureColumns, int[], CancellationToken, Func<FeatureMatrix, float[]>> fit = args switch
        {
            ["analytics"] => FitAnalytics,
            ["fastforest"] => FitFastForest,
            _ => throw new ArgumentException("Expected 'analytics', 'fastforest', or a web server's name and a port."),
        };
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            Console.WriteLine(JsonSerializer.Serialize(Answer(line, fit, cancellationToken), PeerJob.Json));
            // Python and R let go of a job's arrays at its end; without this the next job's peak would count them.
            GC.Collect();
        }
    }

    private static PeerAnswer Answer(
        string line,
        Func<PeerJob, FeatureColumns, int[], CancellationToken, Func<FeatureMatrix, float[]>> fit,
        CancellationToken cancellationToken)
    {
        var job = JsonSerializer.Deserialize<PeerJob>(line, PeerJob.Json)!;
        // Opened only: an engine that bins column by column reads them in its fit, at its own expense of time.
        using var train = File.OpenHandle(job.Train + ".x");
        var columns = ColumnFiles.Columns(train, job.Rows, job.Columns);
        var labels = ColumnFiles.ReadLabels(job.Train);
        var watch = Stopwatch.StartNew();
        var predict = fit(job, columns, labels, cancellationToken);
        var answer = new PeerAnswer(watch.Elapsed.TotalSeconds, PeakMb());
        using var test = File.OpenHandle(job.Test + ".x");
        var probabilities = predict(ColumnFiles.Columns(test, job.TestRows, job.Columns).ToMatrix());
        File.WriteAllBytes(job.Output, MemoryMarshal.AsBytes<float>(probabilities));
        return answer;
    }

    private static Func<FeatureMatrix, float[]> FitAnalytics(
        PeerJob job, FeatureColumns columns, int[] labels, CancellationToken cancellationToken)
    {
        var parameters = new ForestParameters { Trees = job.Trees, MaxDepth = job.MaxDepth, Seed = job.Seed, Threads = job.Threads };
        var forest = ForestTrainer.Classify(
            columns,
            [.. labels.Select(l => (ushort)l)],
            job.Classes,
            parameters,
            null,
            cancellationToken);
        return new FittedRandomForest(forest, labels).Predict;
    }

    private static Func<FeatureMatrix, float[]> FitFastForest(
        PeerJob job, FeatureColumns columns, int[] labels, CancellationToken cancellationToken)
    {
        var trainer = new FastForestTrainer();
        var given = new Dictionary<string, JsonElement>
        {
            ["trees"] = JsonSerializer.SerializeToElement(job.Trees),
            [ParameterDefinition.Seed.Name] = JsonSerializer.SerializeToElement(job.Seed),
        };
        return trainer.Fit(
            new TrainingRows(columns, labels, job.Classes),
            ParameterValues.From(trainer.Name, trainer.Parameters, given),
            new Progress<double>(),
            cancellationToken).Predict;
    }

    private static double PeakMb()
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024.0;
    }
}
