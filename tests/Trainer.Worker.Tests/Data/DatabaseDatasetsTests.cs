using Analytics.Registry.Database;
using Analytics.Testing;
using Analytics.Trainer.Worker.Tests.Runs;
using Npgsql;
using NpgsqlTypes;

namespace Analytics.Trainer.Worker.Tests.Data;

public sealed class DatabaseDatasetsTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_Query_TrainsOnItsResult()
    {
        await using var trainer = await TestTrainer.StartAsync(
            postgres,
            null,
            ("Datasets:Queries:sales:Sql", "SELECT i % 20 AS x, CASE WHEN i % 20 < 9 THEN 'low, very' ELSE 'high' END AS \"the label\" FROM generate_series(1, 60) i;"));

        Assert.Contains("sales", (await trainer.GetAsync("/datasets")).GetRawText(), StringComparison.Ordinal);
        var run = await RunAsync(trainer, "sales", "the label");

        Assert.Equal("succeeded", run.State);
    }

    [Theory]
    [InlineData("SELECT 1 AS x FROM nowhere", "relation \"nowhere\" does not exist")]
    [InlineData("INSERT INTO erasures DEFAULT VALUES RETURNING *", "read-only")]
    [InlineData("SELECT pg_sleep(30) AS x", "was not read within 00:00:01")]
    public async Task Run_QueryThatCannotBeRead_FailsAndSaysWhy(string sql, string expected)
    {
        await using var trainer = await TestTrainer.StartAsync(
            postgres, null, ("Datasets:Queries:bad:Sql", sql), ("Datasets:QueryTimeout", "00:00:01"));

        var run = await RunAsync(trainer, "bad", "x");

        Assert.Equal("failed", run.State);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Feedback_TrainsOnInputsWithTheirOutcomes()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        await trainer.UploadAsync("iris", "iris.csv", "label=species");
        Assert.Equal("succeeded", (await RunAsync(trainer, "iris", "species")).State);
        var none = await RunAsync(trainer, "feedback-iris", null);
        await AddOutcomesAsync(trainer);

        var run = await RunAsync(trainer, "feedback-iris", null);

        Assert.Equal("failed", none.State);
        Assert.Contains("There is no feedback to train on", none.Error, StringComparison.Ordinal);
        Assert.Equal("succeeded", run.State);
    }

    // What is hashed cannot be learned from: it is a text that no request will ever have.
    [Fact]
    public async Task Run_FeedbackWithHashedInputs_LeavesThoseOut()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        await trainer.UploadAsync("iris", "iris.csv", "label=species");
        Assert.Equal("succeeded", (await RunAsync(trainer, "iris", "species")).State);
        await AddOutcomesAsync(trainer, hashed: true);
        var onlyHashed = await RunAsync(trainer, "feedback-iris", null);
        await AddOutcomesAsync(trainer);

        var run = await trainer.EndOfAsync(await trainer.QueueAsync("iris", new { dataset = "feedback-iris", parameters = new { trees = 3 } }));

        Assert.Equal("failed", onlyHashed.State);
        Assert.Contains("no prediction of model 'iris' has both its inputs and an observed outcome", onlyHashed.Error, StringComparison.Ordinal);
        Assert.Equal("succeeded", run.GetProperty("state").GetString());
        Assert.Equal(60, run.GetProperty("data").GetProperty("rows").GetInt32());
    }

    private static async Task<(string State, string? Error)> RunAsync(TestTrainer trainer, string dataset, string? label)
    {
        var run = await trainer.EndOfAsync(await trainer.QueueAsync("iris", new { dataset, label, parameters = new { trees = 3 } }));
        return (run.GetProperty("state").GetString()!, run.TryGetProperty("error", out var error) ? error.GetString() : null);
    }

    private static async Task AddOutcomesAsync(TestTrainer trainer, bool hashed = false)
    {
        await using var connection = new NpgsqlConnection(TestDatabase.ConnectionString(trainer.Database));
        await connection.OpenAsync(Cancel);
        var time = DateTime.UtcNow;
        for (var i = 0; i < 60; i++)
        {
            var id = Guid.CreateVersion7();
            await using var command = new NpgsqlCommand("""
                INSERT INTO predictions (id, time, request_id, row, model, version, features, prediction, label)
                VALUES ($1, $2, $1, 0, 'iris', 1, $3, 0, 'setosa');
                """, connection);
            command.Parameters.Add(new NpgsqlParameter { Value = id });
            command.Parameters.Add(new NpgsqlParameter { Value = time });
            command.Parameters.Add(new NpgsqlParameter
            {
                Value = hashed
                ? $"{{\"petal_length\": \"hmac-sha256:{i % 20:x64}\", \"petal_width\": null}}"
                : $"{{\"petal_length\": {i % 20}, \"petal_width\": null}}",
                NpgsqlDbType = NpgsqlDbType.Jsonb
            });
            await command.ExecuteNonQueryAsync(Cancel);
            await using var context = new AnalyticsContext(trainer.Database);
            context.Feedback.Add(new FeedbackRecord
            {
                PredictionId = id,
                Actual = i % 20 < 9 ? "setosa" : "virginica",
                Time = time,
                FirstActual = "setosa",
                FirstTime = time,
            });
            await context.SaveChangesAsync(Cancel);
        }
    }
}
