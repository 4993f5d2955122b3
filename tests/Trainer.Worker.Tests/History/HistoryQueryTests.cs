using Analytics.Testing;

namespace Analytics.Trainer.Worker.Tests.History;

/// <summary>What the console and an operator ask of the history is found by an index, on tables with rows in several days.</summary>
public sealed class HistoryQueryTests(PostgresServer postgres)
{
    [Fact]
    public async Task Questions_OnTablesWithRows_AreAnsweredByIndexes()
    {
        var database = await HistoryDatabase.CreateAsync(postgres);
        await database.FillAsync();
        var id = (await database.TextsAsync("SELECT id::text FROM predictions LIMIT 1"))[0];
        (string Query, string Index)[] questions =
        [
            // By model and time: the latest, and an hour.
            ("SELECT * FROM requests WHERE model = 'model1' ORDER BY time DESC LIMIT 20", "_20260309_model_time_idx"),
            ("SELECT * FROM predictions WHERE model = 'model1' ORDER BY time DESC LIMIT 20", "_20260309_model_time_idx"),
            ("SELECT * FROM predictions WHERE model = 'model1' AND time BETWEEN '2026-03-09 13:00Z' AND '2026-03-09 13:10Z'", "_20260309_model_time_idx"),
            // By id, and what belongs together.
            ($"SELECT * FROM predictions WHERE id = '{id}'", "_20260309_pkey"),
            ($"SELECT * FROM outcomes WHERE id = '{id}'", "_20260309_pkey"),
            ($"SELECT * FROM feedback WHERE prediction_id = '{id}'", "pk_feedback"),
            ($"SELECT * FROM predictions WHERE request_id = '{id}'", "_20260309_request_id_idx"),
            // By trace.
            ("SELECT * FROM requests WHERE trace_id = '0123456789abcdef0123456789abcdef'", "_20260309_trace_id_idx"),
            // By client and time, and the latest of all.
            ("SELECT * FROM requests WHERE client = 'client1' AND time <= '2026-03-10 13:00Z' ORDER BY time LIMIT 20", "_20260309_client_time_idx"),
            ("SELECT * FROM requests ORDER BY time DESC LIMIT 20", "_20260309_time_idx"),
        ];
        foreach (var (query, index) in questions)
        {
            var plan = string.Join('\n', await database.TextsAsync($"EXPLAIN {query}"));
            // In the days with rows: another index may do for an empty one.
            Assert.Contains(index, plan, StringComparison.Ordinal);
            // Empty partitions, of days to come, may be looked through whole.
            Assert.DoesNotMatch("Seq Scan on (requests|predictions)_202603(08|09|10)", plan);
        }

        // A time in the question leaves out the other days.
        var pruned = string.Join('\n', await database.TextsAsync($"EXPLAIN {questions[2].Query}"));
        Assert.DoesNotContain("20260310", pruned, StringComparison.Ordinal);
    }
}
