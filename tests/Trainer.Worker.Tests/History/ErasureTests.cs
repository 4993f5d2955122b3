using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Analytics.Testing;
using Analytics.Trainer.Worker.History;
using Analytics.Trainer.Worker.Tests.Runs;
using Npgsql;

namespace Analytics.Trainer.Worker.Tests.History;

public sealed class ErasureTests(PostgresServer postgres)
{
    private static readonly DateTimeOffset Noon = HistoryDatabase.Noon;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Erase_AClient_RemovesItsRecordsInBatchesAndNobodyElses()
    {
        var database = await HistoryDatabase.CreateAsync(postgres, new HistoryOptions { BatchRows = 7 });
        var mine = (await database.AddAsync(Noon.AddHours(-1), 40)).Concat(await database.AddAsync(Noon.AddDays(-3), 20)).ToList();
        var theirs = await database.AddAsync(Noon.AddHours(-1), 30, "bank");
        await database.AddFeedbackAsync(mine, Noon.AddHours(-1), "bank");
        await database.AddFeedbackAsync(theirs.Take(10), Noon.AddHours(-1), "shop");
        await database.AddFeedbackAsync(theirs.Skip(10), Noon.AddHours(-1), "bank");
        await database.AddAsync(Noon.AddMinutes(5), 3); // After the order: stays.
        await database.MaintainAsync();

        var order = await database.Erasures.OrderAsync("shop", "contract ended", "ops", Cancel);
        Assert.True(await database.MaintainAsync());

        Assert.Equal(3, await database.CountAsync("requests WHERE client = 'shop'"));
        Assert.Equal(30, await database.CountAsync("requests WHERE client = 'bank'"));
        Assert.Equal(33, await database.CountAsync("predictions"));
        // 60 of its predictions, 10 that it gave on others'.
        Assert.Equal(20, await database.CountAsync("feedback"));
        var done = (await database.Erasures.FindAsync(order.Id, Cancel))!;
        Assert.Equal(
            (60L, 60L, 70L, Noon, "ops", "contract ended"),
            (done.Requests, done.Predictions, done.Feedback, done.CompletedAt!.Value, done.RequestedBy, done.Reason));
    }

    [Fact]
    public async Task Erase_RecordsThatArriveLate_AreRemovedAtTheNextPassUntilRetention()
    {
        var database = await HistoryDatabase.CreateAsync(postgres, new HistoryOptions { RetentionDays = 5, RequestRetentionDays = 5 });
        var order = await database.Erasures.OrderAsync("shop", "asked", "ops", Cancel);
        await database.MaintainAsync();

        // Two days later a scorer comes back with what it could not store.
        database.Clock.Advance(TimeSpan.FromDays(2));
        await database.AddFeedbackAsync(await database.AddAsync(Noon.AddMinutes(-1), 5), Noon.AddMinutes(-1));
        await database.AddAsync(Noon.AddMinutes(1), 2);
        await database.MaintainAsync();

        var later = (await database.Erasures.FindAsync(order.Id, Cancel))!;
        Assert.Equal((5L, 5L, 5L), (later.Requests, later.Predictions, later.Feedback));
        Assert.Equal((Noon, Noon.AddDays(2)), (later.CompletedAt!.Value, later.AppliedAt!.Value));
        Assert.Equal(2, await database.CountAsync("requests"));

        // Later still, retention takes what comes.
        database.Clock.Advance(TimeSpan.FromDays(5));
        await database.AddAsync(Noon.AddMinutes(-1), 5);
        await database.MaintainAsync();
        Assert.Equal(0, await database.CountAsync("requests WHERE client = 'shop' AND time <= '2026-03-10 12:00Z'"));
        Assert.Equal(5L, (await database.Erasures.FindAsync(order.Id, Cancel))!.Requests);
    }

    [Fact]
    public async Task Erase_StatementOnManyDays_UsesTheIndexOfTheClient()
    {
        var database = await HistoryDatabase.CreateAsync(postgres);
        await database.FillAsync();
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand($"EXPLAIN {ErasureWork.EraseRequests}", connection);
        command.Parameters.AddWithValue("client7");
        command.Parameters.AddWithValue(Noon.AddDays(1));
        command.Parameters.AddWithValue(10);
        command.Parameters.AddWithValue(Guid.CreateVersion7());
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var plan = new StringBuilder();
        while (await reader.ReadAsync(Cancel))
        {
            plan.AppendLine(reader.GetString(0));
        }

        Assert.Contains("requests_20260309_client_time_idx", plan.ToString(), StringComparison.Ordinal);
        Assert.DoesNotMatch("Seq Scan on (requests|predictions)_202603(08|09|10)", plan.ToString());
    }

    [Fact]
    public async Task OrderErasure_OverTheApi_IsCarriedOutAndOnRecord()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        await using (var connection = new NpgsqlConnection(TestDatabase.ConnectionString(trainer.Database)))
        {
            await connection.OpenAsync(Cancel);
            await using var insert = new NpgsqlCommand(
                "INSERT INTO requests (id, time, route, status, rows, duration_ms, client) SELECT gen_random_uuid(), now(), '/predict', 400, 0, 1, 'shop' "
                + "FROM generate_series(1, 12)", connection);
            await insert.ExecuteNonQueryAsync(Cancel);
        }

        using var response = await trainer.Client.PostAsJsonAsync("/erasures", new { client = "shop", reason = " the customer asked " }, Cancel);
        var order = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var path = $"/erasures/{order.GetProperty("id").GetString()}";
        Assert.Equal(path, response.Headers.Location!.OriginalString);
        JsonElement done = default;
        await TestTrainer.UntilAsync(
            async () => (done = await trainer.GetAsync(path)).GetProperty("state").GetString() == "completed", "the erasure");
        Assert.Equal(12, done.GetProperty("requests").GetInt64());
        Assert.Equal(("the customer asked", "loopback"), (done.GetProperty("reason").GetString(), done.GetProperty("requestedBy").GetString()));
        Assert.Equal(
            done.GetProperty("id").GetString(),
            Assert.Single((await trainer.GetAsync("/erasures")).GetProperty("erasures").EnumerateArray()).GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("""{"client":"shop"}""", "'reason' is needed")]
    [InlineData("""{"client":"shop","reason":"  "}""", "'reason' is needed")]
    [InlineData("""{"reason":"asked"}""", "'client' is the name of an API key")]
    [InlineData("""{"client":"","reason":"asked"}""", "'client' is the name of an API key")]
    [InlineData("""{"client":"a\u0000b","reason":"asked"}""", "'client' is the name of an API key")]
    [InlineData("""{"client":"shop","reason":"asked","until":"today"}""", "Unknown member 'until'")]
    [InlineData("""{"client":7,"reason":"asked"}""", "'client'")]
    public async Task OrderErasure_BadBody_IsAProblemAndErasesNothing(string body, string says)
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var response = await trainer.Client.PostAsync(new Uri("/erasures", UriKind.Relative), content, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(says, (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty((await trainer.GetAsync("/erasures")).GetProperty("erasures").EnumerateArray());
    }

    [Theory]
    [InlineData("/erasures/0198a6a5-0000-7000-8000-000000000000", HttpStatusCode.NotFound)]
    [InlineData("/erasures?limit=0", HttpStatusCode.BadRequest)]
    public async Task GetErasure_NotThere_IsAProblem(string path, HttpStatusCode status)
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);

        using var response = await trainer.Client.GetAsync(new Uri(path, UriKind.Relative), Cancel);

        Assert.Equal(status, response.StatusCode);
    }
}
