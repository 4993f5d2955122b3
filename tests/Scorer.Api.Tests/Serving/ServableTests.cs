using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Tests.Support;

namespace Analytics.Scorer.Api.Tests.Serving;

public sealed class ServableTests
{
    [Fact]
    public void Retire_LeasesHeld_FreesTheScorerAfterTheLast()
    {
        var scorer = new CountedScorer();
        var servable = NewServable(scorer);
        Assert.True(servable.TryAcquire());
        Assert.True(servable.TryAcquire());

        servable.Retire();
        servable.Retire();
        servable.Release();
        Assert.Equal(0, scorer.Disposed);
        // A request that read the snapshot before the swap may still come while others are under way.
        Assert.True(servable.TryAcquire());
        servable.Release();
        servable.Release();

        Assert.Equal(1, scorer.Disposed);
        Assert.False(servable.TryAcquire());
    }

    [Fact]
    public async Task Retire_AmongManyThreads_NeverFreesUnderALease()
    {
        for (var round = 0; round < 200; round++)
        {
            var scorer = new CountedScorer();
            var servable = NewServable(scorer);
            var threads = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                while (servable.TryAcquire())
                {
                    Assert.Equal(0, scorer.Disposed);
                    servable.Release();
                }
            })).ToList();
            servable.Retire();
            await Task.WhenAll(threads);
            Assert.Equal(1, scorer.Disposed);
        }
    }

    private static Servable NewServable(CountedScorer scorer) => new(
        new Manifest
        {
            Model = "iris",
            Version = 1,
            RunId = Guid.CreateVersion7(),
            Created = DateTimeOffset.UnixEpoch,
            Algorithm = "test",
            Signature = new TestModel(TestModel.Iris, 1).Signature,
            Files = [],
        },
        scorer);

    private sealed class CountedScorer : IScorer
    {
        private int _disposed;

        public int Disposed => Volatile.Read(ref _disposed);

        public string Engine => "test";

        public int OutputWidth => 3;

        public void Score(RowBatch batch, Span<float> output) => output.Clear();

        public void Dispose() => Interlocked.Increment(ref _disposed);
    }
}
