using Analytics.Testing;
using Analytics.Trainer.Worker.History;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Analytics.Trainer.Worker.Tests.History;

public sealed class HistoryMaintenanceTests(PostgresServer postgres)
{
    private static readonly DateTimeOffset Noon = HistoryDatabase.Noon;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("predictions")]
    [InlineData("requests")]
    public async Task Maintain_FirstTime_CreatesTodayAndTheDaysAhead(string table)
    {
        var database = await HistoryDatabase.CreateAsync(postgres);

        Assert.True(await database.MaintainAsync());
        Assert.True(await database.MaintainAsync());

        Assert.Equal(
            [$"{table}_20260310", $"{table}_20260311", $"{table}_20260312", $"{table}_20260313", $"{table}_default"],
            await database.PartitionsAsync(table));
    }

    [Fact]
    public async Task Maintain_RowsOfADayWithoutPartition_AreMovedIntoIt()
    {
        var database = await HistoryDatabase.CreateAsync(postgres);
        await database.AddAsync(Noon, 50);
        await database.AddAsync(Noon.AddDays(-2), 30);
        await database.AddAsync(Noon.AddDays(2), 20);
        // Its day is not near enough yet.
        await database.AddAsync(Noon.AddDays(5), 10);

        Assert.True(await database.MaintainAsync());

        foreach (var table in (string[])["predictions", "requests"])
        {
            Assert.Equal(50, await database.CountAsync($"{table}_20260310"));
            Assert.Equal(30, await database.CountAsync($"{table}_20260308"));
            Assert.Equal(20, await database.CountAsync($"{table}_20260312"));
            Assert.Equal(10, await database.CountAsync($"{table}_default"));
            Assert.Equal(110, await database.CountAsync(table));
        }

        database.Clock.Advance(TimeSpan.FromDays(2));
        await database.MaintainAsync();
        Assert.Equal(10, await database.CountAsync("predictions_20260315"));
        Assert.Equal(0, await database.CountAsync("predictions_default"));
    }

    [Theory]
    [InlineData(0, "20260310")]
    [InlineData(12 * 3600, "20260311")]
    [InlineData(-12 * 3600, "20260310")]
    [InlineData(-12 * 3600 - 1, "20260309")]
    public async Task Day_Boundary_IsMidnightUtc(int secondsFromNoon, string day)
    {
        var database = await HistoryDatabase.CreateAsync(postgres);
        // The session's zone must not matter.
        await using (var connection = new NpgsqlConnection(database.ConnectionString))
        {
            await connection.OpenAsync(Cancel);
            await using var zone = new NpgsqlCommand(
                $"ALTER DATABASE \"{connection.Database}\" SET timezone = 'Pacific/Auckland'", connection);
            await zone.ExecuteNonQueryAsync(Cancel);
        }

        NpgsqlConnection.ClearAllPools();
        await database.AddAsync(Noon.AddSeconds(secondsFromNoon));
        await database.MaintainAsync();

        Assert.Equal(1, await database.CountAsync($"predictions_{day}"));
    }

    // Moving a day must not lose a row that is written meanwhile, nor refuse one.
    [Fact]
    public async Task Maintain_WhileOthersWrite_EveryRowIsThereOnceAndInItsDay()
    {
        var database = await HistoryDatabase.CreateAsync(postgres);
        await database.AddAsync(Noon, 20_000);
        using var stop = new CancellationTokenSource();
        var written = 0;
        var writers = Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await database.AddAsync(Noon.AddDays(-(i % 4)).AddSeconds(writer), 50);
                Interlocked.Add(ref written, 50);
            }
        }).ToList();

        await TestTrainer.UntilAsync(() => Task.FromResult(Volatile.Read(ref written) > 1_000), "rows before");
        for (var done = false; !done; done = await database.MaintainAsync())
        {
        }

        var before = Volatile.Read(ref written);
        await TestTrainer.UntilAsync(
            () => Task.FromResult(Volatile.Read(ref written) > before + 1_000 || writers.Exists(w => w.IsFaulted)), "rows after");
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        foreach (var table in (string[])["predictions", "requests"])
        {
            Assert.Equal(written + 20_000, await database.CountAsync(table));
            Assert.Equal(written + 20_000, await database.CountAsync($"(SELECT DISTINCT id FROM {table}) i"));
            Assert.Equal(0, await database.CountAsync($"{table}_default"));
            Assert.Equal(
                0, await database.CountAsync($"{table}_20260309 WHERE time < '2026-03-09Z' OR time >= '2026-03-10Z'"));
        }
    }

    [Fact]
    public async Task Maintain_DaysPass_DropsWhatIsOverRetentionAndNothingElse()
    {
        var database = await HistoryDatabase.CreateAsync(
            postgres, new HistoryOptions { RetentionDays = 7, RequestRetentionDays = 10, BatchRows = 20 });
        await database.AddFeedbackAsync(await database.AddAsync(Noon, 60), Noon);
        await database.AddFeedbackAsync(await database.AddAsync(Noon.AddDays(1), 40), Noon.AddDays(30));
        await database.MaintainAsync();

        database.Clock.Advance(TimeSpan.FromDays(8));
        // Late rows of a day that is over retention: they go at once.
        await database.AddAsync(Noon.AddDays(-3), 70);
        Assert.True(await database.MaintainAsync());

        Assert.Equal(40, await database.CountAsync("predictions"));
        Assert.Equal(40, await database.CountAsync("feedback"));
        Assert.Equal(100, await database.CountAsync("requests"));
        Assert.DoesNotContain("predictions_20260310", await database.PartitionsAsync("predictions"));
        Assert.Contains("predictions_20260311", await database.PartitionsAsync("predictions"));
        Assert.Equal(0, await database.CountAsync("pg_class WHERE relname = 'predictions_20260310'"));

        database.Clock.Advance(TimeSpan.FromDays(20));
        await database.MaintainAsync();
        Assert.Equal(0, await database.CountAsync("predictions") + await database.CountAsync("requests") + await database.CountAsync("feedback"));
        Assert.Equal(5, (await database.PartitionsAsync("requests")).Count);
    }

    [Fact]
    public async Task Maintain_ByEightAtOnce_OneWorksAndTheOthersLeaveIt()
    {
        var database = await HistoryDatabase.CreateAsync(postgres);
        await database.AddAsync(Noon, 2_000);

        var done = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => database.MaintainAsync()));

        Assert.Contains(true, done);
        Assert.Equal(5, (await database.PartitionsAsync("predictions")).Count);
        Assert.Equal(2_000, await database.CountAsync("predictions_20260310"));
        // And the lock is free again.
        Assert.True(await database.MaintainAsync());
    }

    [Fact]
    public async Task Maintain_TableInUse_WaitsBoundedAndDoesItNextTime()
    {
        var database = await HistoryDatabase.CreateAsync(postgres, new HistoryOptions { LockTimeout = TimeSpan.FromMilliseconds(100) });
        await using (var connection = new NpgsqlConnection(database.ConnectionString))
        {
            await connection.OpenAsync(Cancel);
            await using var reading = await connection.BeginTransactionAsync(Cancel);
            await using var read = new NpgsqlCommand("SELECT count(*) FROM predictions", connection);
            await read.ExecuteScalarAsync(Cancel);

            Assert.False(await database.MaintainAsync());

            // The other table's days were not held up by it.
            Assert.Equal(["predictions_default"], await database.PartitionsAsync("predictions"));
            Assert.Equal(5, (await database.PartitionsAsync("requests")).Count);
        }

        Assert.True(await database.MaintainAsync());
        Assert.Equal(5, (await database.PartitionsAsync("predictions")).Count);
    }

    [Fact]
    public async Task Maintain_AnAdministratorsOwnPartition_IsLeftAlone()
    {
        var database = await HistoryDatabase.CreateAsync(postgres);
        await database.TextsAsync(
            "CREATE TABLE predictions_archive PARTITION OF predictions FOR VALUES FROM ('2020-01-01Z') TO ('2021-01-01Z')");
        await database.AddAsync(new DateTimeOffset(2020, 5, 1, 0, 0, 0, TimeSpan.Zero), 3);

        Assert.True(await database.MaintainAsync());

        Assert.Equal(3, await database.CountAsync("predictions_archive"));
    }

    [Fact]
    public async Task Service_DatabaseAwayAndNotMigrated_GoesOnWhenItIsThere()
    {
        await using var own = new PostgresServer();
        var database = await HistoryDatabase.CreateAsync(own, new HistoryOptions { MaintenanceInterval = TimeSpan.FromMilliseconds(100) });
        await own.StopAsync();
        using var maintenance = database.NewMaintenance();
        await maintenance.StartAsync(Cancel);
        await own.StartAsync();

        await TestTrainer.UntilAsync(
            async () =>
            {
                // The delay between attempts is on the test's clock.
                database.Clock.Advance(TimeSpan.FromMilliseconds(100));
                return (await database.PartitionsAsync("predictions")).Count == 5;
            },
            "the days to be created");
        await maintenance.StopAsync(Cancel);
    }

    [Theory]
    [InlineData("History:RetentionDays", "0", "RetentionDays")]
    [InlineData("History:RequestRetentionDays", "30", "only a request says whose its predictions are")]
    [InlineData("History:DaysAhead", "0", "DaysAhead")]
    public void Options_OutOfRange_StopTheStart(string setting, string value, string says)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration[setting] = value;
        builder.Services.AddHistory();
        using var host = builder.Build();

        var error = Assert.Throws<OptionsValidationException>(host.Services.GetRequiredService<IStartupValidator>().Validate);

        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }
}
