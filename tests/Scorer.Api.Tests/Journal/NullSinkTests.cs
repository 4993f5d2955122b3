using System.Net;
using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Journal;

public sealed class NullSinkTests(PostgresServer postgres) : IDisposable
{
    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Predict_SinkNone_AnswersWithoutADatabase()
    {
        var settings = new Dictionary<string, string?> { ["Journal:Sink"] = "None", ["ConnectionStrings:analytics"] = "" };
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder, settings);

        var (status, body, _) = await scorer.PostAsync("/predict", """{"features":[5.1,3.5,1.4,0.2]}""");
        var (rejected, _, _) = await scorer.PostAsync("/predict", """{"features":[5.1]}""");

        Assert.Equal((HttpStatusCode.OK, "iris"), (status, (string)body["model"]!));
        Assert.Equal(HttpStatusCode.BadRequest, rejected);
    }
}
