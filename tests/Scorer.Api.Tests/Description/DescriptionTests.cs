using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Analytics.Scorer.Api.Tests.Description;

/// <summary>The scorer's description, on a scorer that is ready and has <c>iris</c> alone.</summary>
public sealed class DescriptionTests(PostgresServer postgres) : IAsyncLifetime
{
    private readonly TestStore _store = new();
    private readonly TempFolder _folder = new();
    private ScorerServer _scorer = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _scorer = await ScorerServer.StartWithIrisAsync(postgres, _store, _folder);
        await Eventually.GetAsync(_scorer.CheckReadinessAsync, r => r.Status == HealthStatus.Healthy, "the scorer is ready");
    }

    public async ValueTask DisposeAsync()
    {
        await _scorer.DisposeAsync();
        _store.Dispose();
        _folder.Dispose();
    }

    // Every call that is described: one without an example of what it needs fails.
    [Fact]
    public async Task Examples_Executed_AreAnsweredAsDescribed()
    {
        var document = await ReadAsync();
        Assert.StartsWith("3.1.", document.Version, StringComparison.Ordinal);
        var calls = document.Calls().ToList();

        Assert.Equal(
            [
                "Feedback", "GetModel", "InferModel", "InferVersion", "Invoke", "ListModels", "ModelMetadata", "ModelReady", "Ping", "Predict",
                "PredictWithModel", "PredictWithVersion", "RepositoryIndex", "ServerLive", "ServerMetadata", "ServerReady", "Version",
                "VersionMetadata", "VersionReady",
            ],
            calls.Select(c => c.Operation).Distinct().Order(StringComparer.Ordinal));
        foreach (var call in calls)
        {
            await call.ExecuteAsync(_scorer.Client, Cancel);
        }
    }

    [Fact]
    public async Task Document_PassesTheLinter() => Assert.Null(await (await ReadAsync()).LintAsync(Cancel));

    private async Task<ApiDocument> ReadAsync() =>
        new(await _scorer.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), Cancel));
}
