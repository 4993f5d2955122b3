using System.Diagnostics;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Analytics.Registry.Store;
using Analytics.Testing;

namespace Analytics.Registry.Tests.Store;

/// <summary>What an S3 store says when it cannot answer: never "nothing there", never a secret, always what to do.</summary>
public sealed class S3FailureTests(S3Server server)
{
    private const string Key = "models/iris/aliases/champion.json";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnyOperation_MissingBucket_IsNoSuchStore()
    {
        await server.StartAsync();
        var options = new StoreOptions { ServiceUrl = server.ServiceUrl };

        await AssertAllAsync(
            () => TestStores.Create(options, "no-such-bucket", server.AccessKey, server.SecretKey), StoreErrorKind.NoSuchStore, "s3://no-such-bucket/team/prod", "NoSuchBucket", "Store:Url");
    }

    [Fact]
    public async Task AnyOperation_UnknownAccessKey_IsAccessDenied()
    {
        var bucket = await server.CreateBucketAsync();
        var options = new StoreOptions { ServiceUrl = server.ServiceUrl };

        await AssertAllAsync(
            () => TestStores.Create(options, bucket, "AKUNKNOWN", "some-secret"), StoreErrorKind.AccessDenied, bucket, "InvalidAccessKeyId", "AWS_ACCESS_KEY_ID");
    }

    [Fact]
    public async Task AnyOperation_WrongSecret_IsAccessDenied()
    {
        var bucket = await server.CreateBucketAsync();
        var options = new StoreOptions { ServiceUrl = server.ServiceUrl };

        var messages = await AssertAllAsync(
            () => TestStores.Create(options, bucket, server.AccessKey, "wrong-secret"),
            StoreErrorKind.AccessDenied, bucket, "SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY");
        Assert.DoesNotContain(messages, m => m.Contains("wrong-secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Read_ForeignBucket_IsAccessDeniedAndNamesThePermissions()
    {
        await using var endpoint = new ScriptedEndpoint(
            ScriptedEndpoint.Always(403, ScriptedEndpoint.Error("AccessDenied", "Access Denied")));

        var error = await ReadErrorAsync(TestStores.CreateScripted(endpoint));

        Assert.Equal(StoreErrorKind.AccessDenied, error.Kind);
        Assert.Contains("s3:ListBucket", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_NobodyListens_IsUnavailable()
    {
        var store = TestStores.CreateScripted($"http://127.0.0.1:{TestServers.FreePort()}");

        var error = await ReadErrorAsync(store);

        Assert.Equal(StoreErrorKind.Unavailable, error.Kind);
        Assert.True(error.IsTransient);
        Assert.Contains("refused", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task AnyOperation_EndpointHangs_IsUnavailableWithinTheTimeout()
    {
        await using var endpoint = new ScriptedEndpoint((_, _, token) => Task.Delay(Timeout.Infinite, token));

        var watch = Stopwatch.StartNew();
        var messages = await AssertAllAsync(
            () => TestStores.CreateScripted(endpoint, timeout: TimeSpan.FromSeconds(0.5)), StoreErrorKind.Unavailable, endpoint.Url, "00:00:00.5", "Store:RequestTimeout");

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, messages.Count * TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Read_ServerErrors_AreRetriedAsOftenAsConfigured()
    {
        await using var endpoint = new ScriptedEndpoint(
            ScriptedEndpoint.Always(503, ScriptedEndpoint.Error("SlowDown", "Reduce your request rate")));

        var error = await ReadErrorAsync(TestStores.CreateScripted(endpoint, maxRetries: 2));

        Assert.Equal(StoreErrorKind.Unavailable, error.Kind);
        Assert.Contains("503 SlowDown", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, endpoint.Requests);
    }

    [Fact]
    public async Task Put_ConflictingPutUnderWay_IsTriedAgain()
    {
        await using var endpoint = new ScriptedEndpoint((request, stream, token) => request == 1
            ? ScriptedEndpoint.Always(409, ScriptedEndpoint.Error("ConditionalRequestConflict", "conflict"))(request, stream, token)
            : ScriptedEndpoint.Always(200, "", ScriptedEndpoint.ETag)(request, stream, token));

        var put = await TestStores.CreateScripted(endpoint, maxRetries: 3).PutDocumentAsync(Key, new byte[3], PutCondition.IfAbsent, Cancelled);

        Assert.Equal(new PutResult(true, "\"5d41402abc4b2a76b9719d911017c592\""), put);
        Assert.Equal(2, endpoint.Requests);
    }

    [Fact]
    public async Task Put_ConflictStays_IsUnavailable()
    {
        await using var endpoint = new ScriptedEndpoint(
            ScriptedEndpoint.Always(409, ScriptedEndpoint.Error("ConditionalRequestConflict", "conflict")));

        var error = await Assert.ThrowsAsync<StoreException>(() => TestStores.CreateScripted(endpoint, maxRetries: 2).PutDocumentAsync(
            Key, new byte[3], PutCondition.IfMatch("\"x\""), Cancelled));

        Assert.Equal(StoreErrorKind.Unavailable, error.Kind);
        Assert.Equal(3, endpoint.Requests);
    }

    [Fact]
    public async Task PutIfMatch_KeyIsGone_DoesNotWrite()
    {
        // Amazon's S3 answers 404 where others answer 412.
        await using var endpoint = new ScriptedEndpoint(
            ScriptedEndpoint.Always(404, ScriptedEndpoint.Error("NoSuchKey", "The specified key does not exist.")));

        var put = await TestStores.CreateScripted(endpoint).PutDocumentAsync(Key, new byte[3], PutCondition.IfMatch("\"x\""), Cancelled);

        Assert.False(put.Written);
    }

    [Fact]
    public async Task Read_BucketInAnotherRegion_NamesTheSetting()
    {
        await using var endpoint = new ScriptedEndpoint(
            ScriptedEndpoint.Always(400, ScriptedEndpoint.Error("AuthorizationHeaderMalformed", "the region 'us-east-1' is wrong")));

        var error = await ReadErrorAsync(TestStores.CreateScripted(endpoint));

        Assert.Equal(StoreErrorKind.Refused, error.Kind);
        Assert.Contains("Store:Region", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_NoS3ServerAtAll_IsAnErrorAndNotNothingThere()
    {
        await using var endpoint = new ScriptedEndpoint(ScriptedEndpoint.Always(404, "<html>nothing here</html>"));

        var error = await ReadErrorAsync(TestStores.CreateScripted(endpoint));

        Assert.Equal(StoreErrorKind.Refused, error.Kind);
        Assert.Contains("Store:ServiceUrl", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_ServerRefusesTheSdksChecksums_NamesTheSetting()
    {
        // aws-sdk-net#3610. The store sends checksums in a form that this server takes; here with the SDK's own trailer.
        var bucket = await server.CreateBucketAsync();
        var options = new StoreOptions { ServiceUrl = server.ServiceUrl, Checksums = StoreChecksums.WhenSupported };
        var client = new TrailerClient(new BasicAWSCredentials(server.AccessKey, server.SecretKey), S3Client.Configure(options));
        var store = new S3ModelStore(client, bucket, "", options, TimeProvider.System);

        var error = await Assert.ThrowsAsync<StoreException>(
            () => store.PutDocumentAsync(Key, new byte[3], PutCondition.IfAbsent, Cancelled));

        Assert.Equal(StoreErrorKind.Refused, error.Kind);
        Assert.Contains("400", error.Message, StringComparison.Ordinal);
        Assert.Contains("set Store:Checksums to WhenRequired", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_ContentDamagedOnTheWay_IsNotReturned()
    {
        // The ETag is the content's MD5, which the SDK compares.
        await using var endpoint = new ScriptedEndpoint(ScriptedEndpoint.Always(200, "damaged", ScriptedEndpoint.ETag));

        var error = await ReadErrorAsync(TestStores.CreateScripted(endpoint));

        Assert.Equal(StoreErrorKind.Unavailable, error.Kind);
    }

    [Fact]
    public async Task Read_MissingKeyInARealBucket_IsNotFound()
    {
        var (store, _) = await TestStores.CreateAsync(server);

        Assert.Equal(ReadStatus.NotFound, (await store.ReadDocumentAsync(Key, null, Cancelled)).Status);
    }

    private static Task<StoreException> ReadErrorAsync(S3ModelStore store) =>
        Assert.ThrowsAsync<StoreException>(() => store.ReadDocumentAsync(Key, null, Cancelled));

    private static async Task<List<string>> AssertAllAsync(Func<S3ModelStore> create, StoreErrorKind kind, params string[] parts)
    {
        using var folder = new TemporaryFolder();
        var file = folder.RandomFile("file", 1000);
        var messages = new List<string>();
        foreach (var operation in new Func<S3ModelStore, Task>[]
        {
            store => store.CheckAsync(Cancelled),
            store => store.ReadDocumentAsync(Key, null, Cancelled),
            store => store.OpenAsync(Key, Cancelled),
            store => store.PutDocumentAsync(Key, new byte[3], PutCondition.IfAbsent, Cancelled),
            store => store.PutDocumentAsync(Key, new byte[3], PutCondition.IfMatch("\"x\""), Cancelled),
            store => store.PutFileAsync(Key, file, Cancelled),
            store => store.DeleteAsync(Key, Cancelled),
            async store => await store.ListAsync("models/", Cancelled).ToListAsync(Cancelled),
            async store => await store.ListFoldersAsync("models/", Cancelled).ToListAsync(Cancelled),
        })
        {
            // A store, and so a connection, each: this server takes the body of a put it refused for the next request.
            var error = await Assert.ThrowsAsync<StoreException>(() => operation(create()));
            Assert.True(kind == error.Kind, error.Message);
            Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
            messages.Add(error.Message);
        }

        return messages;
    }

    /// <summary>Puts in the form that the SDK chooses by default.</summary>
    private sealed class TrailerClient(AWSCredentials credentials, AmazonS3Config config) : AmazonS3Client(credentials, config)
    {
        public override Task<PutObjectResponse> PutObjectAsync(
            PutObjectRequest request, CancellationToken cancellationToken = default)
        {
            request.UseChunkEncoding = true;
            return base.PutObjectAsync(request, cancellationToken);
        }
    }
}
