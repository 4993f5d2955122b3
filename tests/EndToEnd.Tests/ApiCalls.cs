using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace Analytics.EndToEnd.Tests;

/// <summary>The calls that a user makes, as the tests make them.</summary>
internal static class ApiCalls
{
    /// <summary>How long a test waits for what must come: far more than it takes, so that only a fault meets it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Queues a run and returns its id; the answer must be 202 with its address.</summary>
    public static async Task<string> QueueAsync(this RunningAppHost app, string model, object request)
    {
        using var response = await app.Trainer.PostAsJsonAsync($"/models/{model}/runs", request, Cancel);
        var body = await ReadAsync(response);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, body.ToString());
        var id = body.GetProperty("id").GetString()!;
        Assert.EndsWith($"/runs/{id}", response.Headers.Location!.ToString(), StringComparison.Ordinal);
        return id;
    }

    /// <summary>The run, once it has ended.</summary>
    public static async Task<JsonElement> EndOfAsync(this RunningAppHost app, string run)
    {
        JsonElement last = default;
        await UntilAsync(
            async () =>
            {
                last = await app.Trainer.GetFromJsonAsync<JsonElement>($"/runs/{run}", Cancel);
                return last.GetProperty("state").GetString() is "succeeded" or "failed" or "cancelled";
            },
            () => $"the end of run {run}: {last}");
        return last;
    }

    /// <summary>Trains and returns the ended run, which must have succeeded.</summary>
    public static async Task<JsonElement> TrainAsync(this RunningAppHost app, string model, object request)
    {
        var run = await app.EndOfAsync(await app.QueueAsync(model, request));
        Assert.True(run.GetProperty("state").GetString() == "succeeded", run.ToString());
        return run;
    }

    /// <summary>Scores one row; the answer must be 200.</summary>
    public static async Task<JsonElement> PredictAsync(this RunningAppHost app, string path, object request)
    {
        using var response = await app.Scorer.PostAsJsonAsync(path, request, Cancel);
        var body = await ReadAsync(response);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body.ToString());
        return body;
    }

    /// <summary>Waits until the model is served in the given version.</summary>
    public static Task UntilServedAsync(this RunningAppHost app, string model, int version)
    {
        var last = "";
        return UntilAsync(
            async () =>
            {
                using var response = await app.Scorer.GetAsync($"/models/{model}", Cancel);
                last = await response.Content.ReadAsStringAsync(Cancel);
                return response.IsSuccessStatusCode
                    && JsonDocument.Parse(last).RootElement.GetProperty("model").GetProperty("version") is { ValueKind: JsonValueKind.Number } served
                    && served.GetInt32() == version;
            },
            () => $"version {version} of {model} to be served: {last}");
    }

    /// <summary>Waits until the query gives the expected number.</summary>
    public static Task UntilCountAsync(this RunningAppHost app, long expected, string sql, params object[] values)
    {
        long last = -1;
        return UntilAsync(
            async () => (last = await app.CountAsync(sql, values)) == expected, () => $"{expected} from {sql}; found {last}");
    }

    /// <summary>The number that the query gives.</summary>
    public static async Task<long> CountAsync(this RunningAppHost app, string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    /// <summary>Polls a condition.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var end = TimeProvider.System.GetUtcNow() + Patience;
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetUtcNow() < end, $"Waited for {what()}");
            await timer.WaitForNextTickAsync(Cancel);
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).RootElement;
}
