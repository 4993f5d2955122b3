using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Scorer.Api.Tests.Overload;

public sealed class GracefulStopTests(PostgresServer postgres) : IDisposable
{
    private const string Row = """{"features":[5.1,3.5,1.4,0.2]}""";

    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    // As a load balancer does it: it asks for readiness, and sends no more once that says no.
    [Fact]
    public async Task Stop_UnderLoadBehindALoadBalancer_NotOneRequestFailsAndAllIsStored()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new() { ["Scorer:StopDelay"] = "00:00:02" });
        using var client = new HttpClient { BaseAddress = scorer.Client.BaseAddress };
        var answered = new ConcurrentBag<Guid>();
        var ready = true;
        var balancer = Task.Run(
            async () =>
            {
                while (Volatile.Read(ref ready))
                {
                    using var response = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancel);
                    Volatile.Write(ref ready, response.StatusCode == HttpStatusCode.OK);
                }
            },
            Cancel);
        var senders = Enumerable.Range(0, 16).Select(_ => Task.Run(
            async () =>
            {
                while (Volatile.Read(ref ready))
                {
                    using var content = new StringContent(Row, Encoding.UTF8, "application/json");
                    using var response = await client.PostAsync(new Uri("/predict", UriKind.Relative), content, Cancel);
                    var body = await response.Content.ReadAsStringAsync(Cancel);
                    Assert.True(response.StatusCode == HttpStatusCode.OK, body);
                    answered.Add(Guid.Parse((string)JsonNode.Parse(body)!["id"]!));
                }
            },
            Cancel)).ToList();
        await Eventually.TrueAsync(() => answered.Count > 500, "requests flow");

        var before = answered.Count;
        await scorer.DisposeAsync();
        await balancer;
        await Task.WhenAll(senders);

        Assert.False(ready);
        Assert.True(answered.Count > before, "Requests were answered after the stop had begun.");
        await using var database = ScorerServer.OpenDatabase(scorer.Database);
        var stored = await database.Predictions.Select(p => p.Id).ToListAsync(Cancel);
        Assert.Equal(answered.Order(), stored.Order());
    }

    [Fact]
    public async Task Stop_RequestUnderWay_IsFinishedAndItsConnectionClosed()
    {
        var door = new HeldJournal.Door();
        var scorer = await ScorerServer.StartWithIrisAsync(
            postgres, _store, _folder, services: services => HeldJournal.Hold(services, door));
        using var connection = await RawConnection.OpenAsync(scorer);
        await connection.SendHeadAsync(Row.Length);
        await connection.SendAsync(Row);
        await Eventually.TrueAsync(() => door.Waiting == 1, "it is under way");

        var stopped = scorer.DisposeAsync().AsTask();
        door.Open();

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await connection.ReadAnswerAsync(), StringComparison.Ordinal);
        await stopped;
    }

    [Fact]
    public async Task Stop_BodyStillBeingSent_DoesNotTakeTheJournalsTime()
    {
        string database;
        await using (var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, new() { ["Scorer:StopTimeout"] = "00:00:04" }))
        {
            database = scorer.Database;
            using var slow = await RawConnection.OpenAsync(scorer);
            await slow.SendHeadAsync(Row.Length);
            await slow.SendAsync(Row[..10]);
            for (var i = 0; i < 50; i++)
            {
                await scorer.PostAsync("/predict", Row);
            }

            var stopped = scorer.DisposeAsync().AsTask();
            Assert.StartsWith("HTTP/1.1 503 Service Unavailable\r\n", await slow.ReadAnswerAsync(), StringComparison.Ordinal);
            await stopped;
        }

        await using var context = ScorerServer.OpenDatabase(database);
        Assert.Equal(50, await context.Predictions.CountAsync(Cancel));
        Assert.Equal(1, await context.Requests.CountAsync(r => r.Status == 503, Cancel));
    }
}
