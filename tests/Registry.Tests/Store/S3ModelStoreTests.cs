using Amazon.Runtime;
using Amazon.S3;
using Analytics.Registry.Store;
using Analytics.Testing;

namespace Analytics.Registry.Tests.Store;

/// <summary>aws-sdk-net#3610, #3615: without the SDK's default checksums …</summary>
public sealed class S3ModelStoreTests(S3Server server) : S3ModelStoreContract(server, StoreChecksums.WhenRequired);

/// <summary>… and with them: the same tests on the same server, which refuses the SDK's default trailer.</summary>
public sealed class S3ModelStoreDefaultChecksumTests(S3Server server) : S3ModelStoreContract(server, StoreChecksums.WhenSupported);

public abstract class S3ModelStoreContract(S3Server server, StoreChecksums checksums) : ModelStoreContract
{
    [Fact]
    public async Task List_ManyPages_ListsAll()
    {
        var store = (await TestStores.CreateAsync(server, checksums, pageSize: 7)).Store;
        await Parallel.ForEachAsync(Enumerable.Range(10, 40), Cancelled, async (i, token) =>
            await store.PutDocumentAsync($"models/m{i}/versions/1.json", Bytes("x"), PutCondition.None, token));

        Assert.Equal(
            Enumerable.Range(10, 40).Select(i => $"models/m{i}/versions/1.json"),
            await store.ListAsync("models/", Cancelled).Select(e => e.Key).ToListAsync(Cancelled));
        Assert.Equal(
            Enumerable.Range(10, 40).Select(i => $"m{i}"),
            await store.ListFoldersAsync("models/", Cancelled).ToListAsync(Cancelled));
    }

    [Fact]
    public async Task PutFile_CancelledBetweenParts_LeavesNoPartsBehind()
    {
        var (store, bucket) = await TestStores.CreateAsync(server, checksums);
        using var folder = new TemporaryFolder();
        using var cancel = new CancellationTokenSource();
        using var client = server.CreateClient();
        var put = store.PutFileAsync("blob", folder.RandomFile("large", 96L * 1024 * 1024), cancel.Token);
        while ((await client.ListMultipartUploadsAsync(bucket, Cancelled)).MultipartUploads is not { Count: > 0 })
        {
            Assert.False(put.IsCompleted);
        }

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);
        Assert.True((await client.ListMultipartUploadsAsync(bucket, Cancelled)).MultipartUploads is null or { Count: 0 });
        Assert.Null(await store.OpenAsync("blob", Cancelled));
    }

    protected override async Task<IModelStore> CreateStoreAsync() => (await TestStores.CreateAsync(server, checksums)).Store;
}

/// <summary>S3 stores on the test server.</summary>
internal static class TestStores
{
    public static async Task<(S3ModelStore Store, string Bucket)> CreateAsync(
        S3Server server, StoreChecksums checksums = StoreChecksums.WhenRequired, int pageSize = 1000)
    {
        var bucket = await server.CreateBucketAsync();
        var options = new StoreOptions { ServiceUrl = server.ServiceUrl, Checksums = checksums };
        return (Create(options, bucket, server.AccessKey, server.SecretKey, pageSize), bucket);
    }

    public static S3ModelStore Create(
        StoreOptions options, string bucket, string accessKey, string secretKey, int pageSize = 1000) =>
        new(NewClient(options, accessKey, secretKey), bucket, "team/prod/", options, TimeProvider.System) { PageSize = pageSize };

    public static AmazonS3Client NewClient(StoreOptions options, string accessKey, string secretKey)
    {
        var config = S3Client.Configure(options);
        // Connections of its own, so that no test meets what another one left on a shared connection.
        config.CacheHttpClient = false;
        return new AmazonS3Client(new BasicAWSCredentials(accessKey, secretKey), config);
    }
}
