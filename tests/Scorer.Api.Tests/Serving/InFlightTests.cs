using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Analytics.Scorer.Api.Serving;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Serving;

/// <summary>A request that is under way while versions are published.</summary>
public sealed class InFlightTests(PostgresServer postgres) : IDisposable
{
    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Swap_RequestUnderWay_EndsOnItsVersionAndNoThirdOneIsLoadedMeanwhile()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(
            postgres, _store, _folder, new() { ["Scorer:DrainTimeout"] = "01:00:00" });
        using var request = await SlowRequest.BeginAsync(scorer);
        await _store.PublishAsync("iris", 2);
        await scorer.WaitForAsync("iris", 2);
        var retired = scorer.Snapshot.Find("iris")!.Versions.Single(v => v.Version == 1);
        Assert.Equal((VersionState.Retired, "Requests that began on it are still under way."), (retired.State, retired.Reason));

        await _store.PublishAsync("iris", 3);
        await Eventually.TrueAsync(() => scorer.Snapshot.Find("iris")!.Wanted == 3, "version 3 is wanted");
        // Another model's swap shows that polls go on and nothing else is held up.
        await _store.PublishAsync("iris-2", 1);
        await scorer.WaitForAsync("iris-2", 1);
        Assert.DoesNotContain(scorer.Snapshot.Find("iris")!.Versions, v => v.Version == 3);
        await ReloadTests.AssertAnswersAsync(scorer, 2);

        var answer = await request.EndAsync();

        Assert.Equal(1, (int)answer["version"]!);
        Assert.Equal(
            new TestModel(TestModel.Iris, 1).Expected(5.1f, 3.5f, 1.4f, 0.2f)[0], (float)answer["probabilities"]!["setosa"]!, 1e-5f);
        await scorer.WaitForAsync("iris", 3);
        Assert.Null(scorer.Snapshot.Find("iris")!.Versions.Single(v => v.Version == 1).Reason);
    }

    [Fact]
    public async Task Swap_RequestTakesLongerThanTheDrainTimeout_HoldsUpNoPublication()
    {
        await using var scorer = await ScorerServer.StartWithIrisAsync(
            postgres, _store, _folder, new() { ["Scorer:DrainTimeout"] = "00:00:00" });
        using var request = await SlowRequest.BeginAsync(scorer);
        await _store.PublishAsync("iris", 2);
        await scorer.WaitForAsync("iris", 2);

        await _store.PublishAsync("iris", 3);

        await scorer.WaitForAsync("iris", 3);
        Assert.Equal(1, (int)(await request.EndAsync())["version"]!);
    }

    /// <summary>A request whose body is half sent, and whose handler is reading it: rows that are streamed hold their version.</summary>
    private sealed class SlowRequest : IDisposable
    {
        // The body is sent once the server says "100 Continue", which it says when the handler begins to read.
        private readonly HttpClient _client = new(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) });
        private readonly BlockingCollection<string> _pieces = [];
        private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Task<HttpResponseMessage> _answer = null!;

        public static async Task<SlowRequest> BeginAsync(ScorerServer scorer)
        {
            var request = new SlowRequest();
            var message = new HttpRequestMessage(HttpMethod.Post, new Uri(scorer.Client.BaseAddress!, "/predict"))
            {
                Content = new PushContent(request.Pieces(), "application/x-ndjson"),
            };
            message.Headers.ExpectContinue = true;
            request._answer = Task.Run(() => request._client.SendAsync(message, TestContext.Current.CancellationToken));
            await request._reading.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            return request;
        }

        public async Task<JsonObject> EndAsync()
        {
            _pieces.Add(",3.5,1.4,0.2]\n", TestContext.Current.CancellationToken);
            _pieces.CompleteAdding();
            using var answer = await _answer;
            return (await answer.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!;
        }

        public void Dispose()
        {
            _pieces.CompleteAdding();
            _client.Dispose();
        }

        private IEnumerable<string> Pieces()
        {
            _reading.SetResult();
            yield return "[5.1";
            foreach (var piece in _pieces.GetConsumingEnumerable())
            {
                yield return piece;
            }
        }
    }
}
