using Analytics.Scorer.Api.Tests.Support;
using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Serving;

/// <summary>A bucket of a real S3 server that answers wrongly, or not at all, for a while.</summary>
public sealed class FaultyBucketTests(PostgresServer postgres, S3Server server) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(S3Fault.Forbidden, "the answer was 403 AccessDenied")]
    [InlineData(S3Fault.InternalError, "the answer was 500 InternalError")]
    [InlineData(S3Fault.OneByteASecond, "no answer within 00:00:01 (Store:RequestTimeout)")]
    [InlineData(S3Fault.Silence, "no answer within 00:00:01 (Store:RequestTimeout)")]
    public async Task Poll_BucketFails_KeepsServingSaysWhyAndFollowsItAgain(S3Fault fault, string reason)
    {
        var bucket = await server.CreateBucketAsync();
        // The SDK's own place for them; the store has no setting for credentials.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", server.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", server.SecretKey);
        await using var way = new FaultyS3(server.ServiceUrl);
        using var store = new TestStore(Settings(bucket, server.ServiceUrl), Settings(bucket, way.Url));
        await using var scorer = await ScorerServer.StartWithIrisAsync(postgres, store, _folder);

        await way.SetAsync(fault);
        // An unchanged alias has no content that could be slow in coming.
        await store.PublishAsync("iris", 2);

        await Eventually.TrueAsync(
            () => scorer.Snapshot.Find("iris")!.Problem?.Contains(reason, StringComparison.Ordinal) == true, $"the reason: {reason}");
        await ReloadTests.AssertAnswersAsync(scorer, 1);

        await way.SetAsync(null);

        await scorer.WaitForAsync("iris", 2);
        await ReloadTests.AssertAnswersAsync(scorer, 2);
        Assert.Null(scorer.Snapshot.Find("iris")!.Problem);
    }

    private static Dictionary<string, string?> Settings(string bucket, string url) => new()
    {
        ["Store:Url"] = $"s3://{bucket}/prod",
        ["Store:ServiceUrl"] = url,
        ["Store:Checksums"] = "WhenRequired",
        ["Store:RequestTimeout"] = "00:00:01",
        ["Store:MaxRetries"] = "0",
    };
}
