using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Analytics.Benchmarks.Reload;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Serving.Compiled;
using System.Text.Json;
using Analytics.Registry.Models;

namespace Analytics.Benchmarks.Probe;

internal static class ProbeCommand
{
    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var v = await TrainedVariant.TrainAsync("letter", "lettr", 1, 64, cancellationToken);
        Console.WriteLine($"graph {v.Graph.Length} golden {v.Golden.Length}");
        var path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, v.Graph, cancellationToken);
        for (var i = 0; i < 6; i++)
        {
            byte[] bytes = [];
            OnnxScorer onnx = null!;
            GoldenRows golden = null!;
            Step("read", () => bytes = File.ReadAllBytes(path));
            Step("hash", () => SHA256.HashData(bytes));
            Step("golden", () => golden = JsonSerializer.Deserialize(v.Golden, RegistryJson.Default.GoldenRows)!);
            Step("onnx", () => onnx = OnnxScorer.Load(bytes, v.Signature));
            Step("verify", () => golden.Verify(v.Signature, onnx));
            Step("compile", () => CompiledForestScorer.TryCompile(bytes, v.Signature, golden, out _));
            Step("dispose", () => onnx.Dispose());
        }

        File.Delete(path);
    }

    private static void Step(string name, Action act)
    {
        var a = GC.GetTotalAllocatedBytes(true);
        var g = GC.CollectionCount(2);
        var p = GC.GetTotalPauseDuration();
        var w = Stopwatch.StartNew();
        act();
        w.Stop();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-8} {w.Elapsed.TotalMilliseconds,8:N1} ms  {(GC.GetTotalAllocatedBytes(true) - a) / 1e6,8:N2} MB  gen2 {GC.CollectionCount(2) - g}  pause {(GC.GetTotalPauseDuration() - p).TotalMilliseconds:N1}"));
    }
}
