using Amazon.S3;
using Amazon.S3.Model;
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
    public async Task List_ObjectsOfAnotherForm_ArePassedOver()
    {
        var (store, bucket) = await TestStores.CreateAsync(server, checksums);
        using var client = server.CreateClient();
        // The console's "create folder", a careless copy, and another program's prefix.
        foreach (var key in new[] { "team/prod/models/", "team/prod/models//a", "team/prod/.hidden/a", "team/production/models/b/c" })
        {
            await client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = "" }, Cancelled);
        }

        await store.PutDocumentAsync("models/iris/a", Bytes("x"), PutCondition.None, Cancelled);

        Assert.Equal(["models/iris/a"], await store.ListAsync("", Cancelled).Select(e => e.Key).ToListAsync(Cancelled));
        Assert.Equal(["iris"], await store.ListFoldersAsync("models/", Cancelled).ToListAsync(Cancelled));
        Assert.Equal(["models"], await store.ListFoldersAsync("", Cancelled).ToListAsync(Cancelled));
    }

    [Fact]
    public async Task PutFile_CancelledBetweenParts_LeavesNoPartsBehind()
    {
        var (store, bucket) = await TestStores.CreateAsync(server, checksums);
        using var folder = new TemporaryFolder();
        using var cancel = new CancellationTokenSource();
        using var client = server.CreateClient();
        var put = store.PutFileAsync("blob", folder.RandomFile("large", 96L * 1024 * 1024), cancel.Token);
        while (!await HasPartAsync(client, bucket))
        {
            Assert.False(put.IsCompleted);
        }

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);
        Assert.True((await client.ListMultipartUploadsAsync(bucket, Cancelled)).MultipartUploads is null or { Count: 0 });
        Assert.Null(await store.OpenAsync("blob", Cancelled));
    }

    private static async Task<bool> HasPartAsync(AmazonS3Client client, string bucket)
    {
        var uploads = (await client.ListMultipartUploadsAsync(bucket, Cancelled)).MultipartUploads ?? [];
        return uploads is [var upload, ..] && (await client.ListPartsAsync(bucket, upload.Key, upload.UploadId, Cancelled)).Parts is { Count: > 0 };
    }

    protected override async Task<IModelStore> CreateStoreAsync() => (await TestStores.CreateAsync(server, checksums)).Store;
}
