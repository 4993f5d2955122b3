using Analytics.Registry.Scoring;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Analytics.Benchmarks.Scoring;

/// <summary>
/// The compiled forest under BenchmarkDotNet: a second opinion, in wall time, on the command's own figures. In this process, because
/// a project of its own for each run takes longer than the runs, and a short job, because it is only the second opinion.
/// </summary>
public class CompiledForestBenchmark
{
    // BenchmarkDotNet makes the instance itself; in the same process it finds what to measure here.
    private static IScorer _scorer = null!;
    private static RowBatch[] _singles = [];
    private static RowBatch _block = null!;

    private readonly float[] _one = new float[_scorer.OutputWidth];
    private readonly float[] _many = new float[_block.Count * _scorer.OutputWidth];
    private int _next;

    /// <summary>One row a call, another each time.</summary>
    [Benchmark]
    public void OneRow() => _scorer.Score(_singles[_next++ % _singles.Length], _one);

    /// <summary>All rows of the block in one call.</summary>
    [Benchmark]
    public void Block() => _scorer.Score(_block, _many);

    /// <summary>Median nanoseconds a row, by the rows of a call.</summary>
    internal static IReadOnlyDictionary<int, double> Run(IScorer scorer, RowBatch[] singles, RowBatch block)
    {
        (_scorer, _singles, _block) = (scorer, singles, block);
        using var folder = new WorkFolder();
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.DontLogOutput))
            .AddLogger(NullLogger.Instance)
            .WithArtifactsPath(folder.Path);
        var summary = BenchmarkRunner.Run<CompiledForestBenchmark>(config);
        return summary.Reports.ToDictionary(
            r => RowsOf(r.BenchmarkCase.Descriptor.WorkloadMethod.Name),
            r => (r.ResultStatistics ?? throw new InvalidOperationException(
                $"BenchmarkDotNet measured nothing: {string.Join("; ", summary.ValidationErrors.Select(e => e.Message))}")).Median
                / RowsOf(r.BenchmarkCase.Descriptor.WorkloadMethod.Name));

        int RowsOf(string method) => method == nameof(OneRow) ? 1 : block.Count;
    }
}
