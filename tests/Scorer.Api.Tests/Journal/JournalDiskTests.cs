using System.Net;
using Analytics.Scorer.Api.Journal;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Journal;

public sealed class JournalDiskTests(PostgresServer postgres) : IDisposable
{
    private const string Row = """{"features":[5.1,3.5,1.4,0.2]}""";

    private readonly JournalHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task Disk_FullThenFree_RefusesAndRecovers()
    {
        await using var disk = await SmallDisk.MountAsync(4);
        await using var database = new PostgresServer();
        using var store = new TestStore();
        using var folder = new TempFolder();
        await using var scorer = await ScorerServer.StartWithIrisAsync(
            database, store, folder, new()
            {
                ["Journal:Folder"] = Path.Combine(disk.Path, "journal"),
                ["Journal:SegmentBytes"] = "65536",
                ["Journal:MaxRetryDelay"] = "00:00:00.200",
            });
        await database.StopAsync();
        await disk.FillAsync();

        var answered = 0;
        var (status, problem, response) = await scorer.PostAsync("/predict", Row);
        for (; status == HttpStatusCode.OK; (status, problem, response) = await scorer.PostAsync("/predict", Row))
        {
            answered++;
        }

        // The room of the segment under way was reserved, so the last answered one is whole.
        Assert.InRange(answered, 1, 400);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (status, response.Headers.RetryAfter?.ToString()));
        Assert.Contains("disk is full or cannot be written", (string)problem["detail"]!, StringComparison.Ordinal);

        disk.Free();
        await Eventually.TrueAsync(
            async () => (await scorer.PostAsync("/predict", Row)).Status == HttpStatusCode.OK && ++answered > 0, "predictions are answered again");
        await database.StartAsync();
        await scorer.WaitUntilStoredAsync();
        await using var context = scorer.OpenDatabase();
        Assert.Equal(answered, context.Predictions.Count());
    }

    [Fact]
    public async Task Disk_FullDropOldest_AnswersAndCounts()
    {
        await using var disk = await SmallDisk.MountAsync(1);
        _harness.Options.Folder = Path.Combine(disk.Path, "journal");
        _harness.Options.SegmentBytes = 32 * 1024;
        _harness.Options.WhenFull = JournalFullPolicy.DropOldest;
        using var journal = _harness.Open();
        var ids = await JournalHarness.AppendAsync(journal, 6_000);

        var stored = await _harness.DrainAsync(journal, await JournalHarness.CreateDatabaseAsync(postgres));

        Assert.Equal(6_000, stored.Count + _harness.Counted("dropped", "oldest"));
        Assert.InRange(stored.Count, 1_000, 5_000);
        // The newest are those that are kept.
        Assert.Equal(ids[^stored.Count..].Order(), stored.Order());
    }

    [Fact]
    public async Task Folder_ReadOnlyAtTheStart_IsToldAndUsedOnceItCanBeWritten()
    {
        await using var disk = await SmallDisk.MountAsync(4);
        _harness.Options.Folder = Path.Combine(disk.Path, "journal");
        _harness.Options.SegmentBytes = 64 * 1024;
        var before = new List<Guid>();
        using (var journal = _harness.Open())
        {
            before = await JournalHarness.AppendAsync(journal, 10);
        }

        await disk.RemountAsync(readOnly: true);
        using (var journal = _harness.Open())
        {
            Assert.NotNull(journal.Obstacle);
            Assert.False(await journal.AppendAsync(JournalHarness.Scored(new TestModel(TestModel.Iris, 1), null, 1, 2, 3, 4)));
            Assert.Contains(_harness.Told, t => t.Contains("cannot be opened in " + _harness.Options.Folder, StringComparison.Ordinal));

            await disk.RemountAsync(readOnly: false);
            await Eventually.TrueAsync(() => journal.Obstacle is null, "the journal is open");
            var after = await JournalHarness.AppendAsync(journal, 10);
            var stored = await _harness.DrainAsync(journal, await JournalHarness.CreateDatabaseAsync(postgres));
            Assert.Equal(before.Concat(after).Order(), stored.Order());
        }
    }

    [Fact]
    public async Task Segment_ThatCannotBeDeleted_IsStoredOnce()
    {
        await using var disk = await SmallDisk.MountAsync(4);
        _harness.Options.Folder = Path.Combine(disk.Path, "journal");
        _harness.Options.SegmentBytes = 64 * 1024;
        var database = await JournalHarness.CreateDatabaseAsync(postgres);
        List<Guid> ids;
        using (var journal = _harness.Open())
        {
            ids = await JournalHarness.AppendAsync(journal, 600);
        }

        using (var journal = _harness.Open())
        {
            foreach (var file in _harness.Files())
            {
                await disk.PinAsync(file);
            }

            await _harness.DrainAsync(journal, database);
            Assert.Contains(_harness.Told, t => t.Contains("cannot be deleted", StringComparison.Ordinal));
            foreach (var file in _harness.Files())
            {
                await disk.UnpinAsync(file);
            }
        }

        using (var journal = _harness.Open())
        {
            Assert.Equal(ids.Order(), (await _harness.DrainAsync(journal, database)).Order());
        }
    }

    [Fact]
    public async Task Slot_OfAnotherProcess_IsLeftAloneUntilThatEnds()
    {
        var database = await JournalHarness.CreateDatabaseAsync(postgres);
        var first = _harness.Open();
        using var second = _harness.Open();
        var ofFirst = await JournalHarness.AppendAsync(first, 10);
        var ofSecond = await JournalHarness.AppendAsync(second, 10);
        Assert.Single(_harness.Files(0));
        Assert.Single(_harness.Files(1));

        second.Adopt();
        Assert.Equal(ofSecond.Order(), (await _harness.DrainAsync(second, database)).Order());

        first.Dispose();
        second.Adopt();
        Assert.Equal(ofFirst.Concat(ofSecond).Order(), (await _harness.DrainAsync(second, database)).Order());
        Assert.Empty(_harness.Files(0));
        Assert.Single(second.Slots);
    }

    [Fact]
    public async Task Start_AfterAll_GoesOnBehindTheCommittedPosition()
    {
        var database = await JournalHarness.CreateDatabaseAsync(postgres);
        var ids = new List<Guid>();
        for (var start = 0; start < 4; start++)
        {
            using var journal = _harness.Open();
            ids.AddRange(await JournalHarness.AppendAsync(journal, 5));
            Assert.Equal(ids.Order(), (await _harness.DrainAsync(journal, database)).Order());
            Assert.Equal((0, 0), (journal.Count, journal.BacklogBytes));
        }

        await using var context = ScorerServer.OpenDatabase(database);
        Assert.Single(context.JournalPositions);
    }

    [Fact]
    public async Task Position_BehindInTheDatabase_IsTheTruth()
    {
        // As after a restore of the database: the journal goes on from what it finds there.
        var database = await JournalHarness.CreateDatabaseAsync(postgres);
        using var journal = _harness.Open();
        var first = await JournalHarness.AppendAsync(journal, 5);
        await _harness.DrainAsync(journal, database);
        var later = await JournalHarness.AppendAsync(journal, 5);

        var stored = await _harness.DrainAsync(journal, await JournalHarness.CreateDatabaseAsync(postgres));

        Assert.Equal(later.Order(), stored.Where(later.Contains).Order());
        Assert.True(stored.Count is 5 or 10, $"{stored.Count} of {first.Count + later.Count}");
    }

    [Theory]
    [InlineData(JournalFlush.Os)]
    [InlineData(JournalFlush.Interval)]
    [InlineData(JournalFlush.Always)]
    public async Task Append_EachFlush_KeepsAllOfManyThreads(JournalFlush flush)
    {
        _harness.Options.Flush = flush;
        _harness.Options.FlushInterval = TimeSpan.FromMilliseconds(20);
        _harness.Options.SegmentBytes = 16 * 1024;
        using var journal = _harness.Open();
        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => JournalHarness.AppendAsync(journal, 100))));

        Assert.Equal(800, journal.Count);
        Assert.InRange(_harness.Files().Length, 10, 40);
        Assert.True(journal.OldestAge > TimeSpan.Zero);
        var stored = await _harness.DrainAsync(journal, await JournalHarness.CreateDatabaseAsync(postgres));
        Assert.Equal(ids.SelectMany(i => i).Order(), stored.Order());
        Assert.Equal(TimeSpan.Zero, journal.OldestAge);
    }

    [Fact]
    public async Task Segment_DeletedByHand_IsToldAndTheRestIsStored()
    {
        _harness.Options.SegmentBytes = 8 * 1024;
        using var journal = _harness.Open();
        var ids = await JournalHarness.AppendAsync(journal, 200);
        File.Delete(_harness.Files()[1]);

        var stored = await _harness.DrainAsync(journal, await JournalHarness.CreateDatabaseAsync(postgres));

        Assert.Equal(200, stored.Count + _harness.Counted("dropped", "vanished"));
        Assert.InRange(_harness.Counted("dropped", "vanished"), 10, 60);
        Assert.Subset(ids.ToHashSet(), stored.ToHashSet());
    }
}
