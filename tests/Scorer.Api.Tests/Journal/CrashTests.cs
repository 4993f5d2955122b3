using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Npgsql;

namespace Analytics.Scorer.Api.Tests.Journal;

public sealed class CrashTests : IDisposable
{
    private const int Kills = 3;

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    // seldon-core#2109
    [Fact]
    public async Task Kill_UnderLoadAndWithoutDatabase_EveryAnsweredIdIsStoredOnce()
    {
        await using var postgres = new PostgresServer();
        var database = await JournalHarness.CreateDatabaseAsync(postgres);
        await _store.PublishAsync("iris", 1);
        using var scorer = new ScorerProgram(new Dictionary<string, string>
        {
            ["ConnectionStrings:analytics"] = database,
            ["Store:Url"] = _store.Url,
            ["Scorer:CacheFolder"] = _folder.Combine("cache"),
            ["Journal:Folder"] = _folder.Combine("journal"),
            ["Journal:MaxRetryDelay"] = "00:00:00.200",
        });
        var answered = new ConcurrentBag<Guid>();
        for (var kill = 0; kill < Kills; kill++)
        {
            await scorer.StartAsync();
            var already = answered.Count;
            var senders = Enumerable.Range(0, 8).Select(_ => SendUntilCutAsync(scorer.Client, answered)).ToList();
            await Eventually.TrueAsync(() => answered.Count > already + 300, "requests flow");
            if (kill == 1)
            {
                await postgres.StopAsync();
                await Eventually.TrueAsync(() => answered.Count > already + 1_000, "requests flow without the database");
            }

            await scorer.KillAsync();
            await Task.WhenAll(senders);
        }

        await postgres.StartAsync();
        await scorer.StartAsync();
        await using var source = NpgsqlDataSource.Create(database);
        var stored = await Eventually.GetAsync(
            () => JournalHarness.StoredAsync(source), ids => answered.All(ids.ToHashSet().Contains), "all that was answered is stored", 30);
        Assert.Equal(stored.Count, stored.Distinct().Count());
        // What was cut off was recorded and not answered, for each sender and kill once at most.
        Assert.InRange(stored.Count, answered.Count, answered.Count + (8 * Kills));
    }

    private static async Task SendUntilCutAsync(HttpClient client, ConcurrentBag<Guid> answered)
    {
        try
        {
            while (true)
            {
                using var content = new StringContent("""{"features":[5.1,3.5,1.4,0.2]}""", Encoding.UTF8, "application/json");
                using var response = await client.PostAsync(new Uri("/predict", UriKind.Relative), content, TestContext.Current.CancellationToken);
                var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                answered.Add(Guid.Parse((string)JsonNode.Parse(body)!["id"]!));
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Killed.
        }
    }
}
