using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Serving.Compiled;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Serving;

/// <summary>Many threads on versions that are swapped under them.</summary>
public sealed class ConcurrentScoringTests(PostgresServer postgres) : IDisposable
{
    private const int Threads = 16;
    private const int RowsOfThread = 20_000;
    private const int DifferentRows = 500;

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    // machinelearning#5582
    [Fact]
    public async Task Score_SixteenThreadsWhileVersionsSwap_EveryAnswerIsTheSingleThreadedOne()
    {
        // Versions of either engine in turns: a session of ONNX Runtime, and a compiled forest.
        await _store.PublishAsync("iris", 1);
        await using var scorer = await ScorerServer.StartAsync(postgres, _store, _folder.Combine("cache"));
        await scorer.WaitForAsync("iris", 1);
        const int versions = 8;
        var expected = new float[versions + 1][];
        for (var version = 1; version <= versions; version++)
        {
            using IScorer single = version % 2 == 0
                ? CompiledForestScorer.Compile(Graph(version), Signature)
                : OnnxScorer.Load(Graph(version), Signature);
            expected[version] = new float[DifferentRows * 3];
            var batch = new RowBatch(Signature);
            for (var row = 0; row < DifferentRows; row++)
            {
                single.Score(Fill(batch, row), expected[version].AsSpan(row * 3, 3));
            }
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var swapping = SwapAsync(scorer, versions, stop.Token);
        var threads = Enumerable.Range(0, Threads)
            .Select(t => Task.Factory.StartNew(
                () => ScoreAll(scorer, t, expected), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default))
            .ToList();
        var seen = (await Task.WhenAll(threads)).SelectMany(s => s).Distinct().ToList();
        await stop.CancelAsync();
        var swaps = await swapping;

        Assert.True(swaps >= 2, $"{swaps} swaps");
        Assert.Contains(seen, s => s.Engine == "compiled-forest");
        Assert.Contains(seen, s => s.Engine == "onnxruntime");
    }

    private static Registry.Models.Signature Signature => new TestModel(TestModel.Iris, 1).Signature;

    private static byte[] Graph(int version)
    {
        if (version % 2 == 1)
        {
            return new TestModel(TestModel.Iris, version).Graph();
        }

        var forest = new ConvertedForest(4, "BRANCH_LEQ", "NONE") { TextLabels = TestModel.Classes };
        for (var tree = 0; tree < 20; tree++)
        {
            var share = 1f / (20 + version);
            forest.Stump(tree % 4, tree * 0.3f, tree % 2 == 0, [(tree % 3, share)], [((tree + 1) % 3, share)]);
        }

        return forest.Graph();
    }

    private static RowBatch Fill(RowBatch batch, int row)
    {
        batch.Reset();
        TestModel.Add(batch, row * 0.01f, row % 7 * 0.5f, row % 11 * 0.6f, row % 5 * 0.4f);
        return batch;
    }

    // What a request does: a snapshot, a lease, a score; what it gets must be the version's own, to the bit.
    private static HashSet<(int Version, string Engine)> ScoreAll(ScorerServer scorer, int thread, float[][] expected)
    {
        var seen = new HashSet<(int, string)>();
        var batch = new RowBatch(Signature);
        var output = new float[3];
        for (var i = 0; i < RowsOfThread; i++)
        {
            Servable servable;
            do
            {
                servable = scorer.Snapshot.Find("iris")!.Champion!;
            }
            while (!servable.TryAcquire());

            var row = ((i * 31) + thread) % DifferentRows;
            servable.Scorer.Score(Fill(batch, row), output);
            servable.Release();
            Assert.True(
                expected[servable.Version].AsSpan(row * 3, 3).SequenceEqual(output),
                $"version {servable.Version}, row {row}: {string.Join(" ", output)}");
            seen.Add((servable.Version, servable.Scorer.Engine));
        }

        return seen;
    }

    private async Task<int> SwapAsync(ScorerServer scorer, int versions, CancellationToken stop)
    {
        for (var version = 2; version <= versions; version++)
        {
            await CommitAsync(version);
        }

        var swaps = 0;
        while (!stop.IsCancellationRequested)
        {
            var version = (++swaps % versions) + 1;
            await _store.PromoteAsync("iris", version);
            await scorer.WaitForAsync("iris", version);
        }

        return swaps;
    }

    private async Task CommitAsync(int version)
    {
        var graph = Graph(version);
        var batch = new RowBatch(Signature);
        Fill(batch, 7);
        var outputs = new float[3];
        using (var scorer = OnnxScorer.Load(graph, Signature))
        {
            scorer.Score(batch, outputs);
        }

        await _store.CommitAsync("iris", version, graph: graph, golden: GoldenRows.From(batch, outputs));
    }
}
