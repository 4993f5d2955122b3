using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Description;

public sealed class DescriptionTests(FlowerScorer fixture) : IClassFixture<FlowerScorer>
{
    private static readonly string[] Tags = ["Predictions", "Feedback", "Models"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Examples_Executed_AreAnsweredAsDescribed()
    {
        var document = await ReadAsync();
        Assert.StartsWith("3.1.", document.Version, StringComparison.Ordinal);
        var calls = document.Calls().Where(c => Tags.Contains(c.Tag)).ToList();

        Assert.Equal(
            ["Feedback", "GetModel", "ListModels", "Predict", "PredictWithModel", "PredictWithVersion"],
            calls.Select(c => c.Operation).Distinct().Order(StringComparer.Ordinal));
        foreach (var call in calls)
        {
            await call.ExecuteAsync(fixture.Scorer.Client, Cancel);
        }
    }

    [Fact]
    public async Task Document_PassesTheLinter() => Assert.Null(await (await ReadAsync()).LintAsync(Cancel));

    private async Task<ApiDocument> ReadAsync() =>
        new(await fixture.Scorer.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), Cancel));
}
