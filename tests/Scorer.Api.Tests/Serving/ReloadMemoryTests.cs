using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Serving;

/// <summary>The process's memory over many reloads; alone in the process, since other tests' scorers take memory too.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class ReloadMemoryTests(PostgresServer postgres) : IDisposable
{
    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    // machinelearning#7626
    [Fact]
    public async Task Reload_TwoHundredTimes_AnswersFromTheNewVersionAndKeepsMemoryFlat()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        var before = 0L;
        for (var version = 2; version <= 201; version++)
        {
            await _store.PublishAsync("iris", version);
            await scorer.WaitForAsync("iris", version);
            await ReloadTests.AssertAnswersAsync(scorer, version);
            if (version == 50)
            {
                before = Memory();
            }
        }

        // 150 sessions leaked would be well over 100 MB.
        var grown = Memory() - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"grown by {grown / 1024 / 1024} MB over 150 reloads");
        Assert.InRange(grown, long.MinValue, 40L * 1024 * 1024);
        Assert.Single(scorer.Snapshot.Find("iris")!.Loaded);
        Assert.Equal(20, scorer.Snapshot.Find("iris")!.Versions.Count);
    }

    private static long Memory()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}

/// <summary>Tests that measure the process run after all others, one at a time.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
