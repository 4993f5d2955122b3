using System.Diagnostics;
using Analytics.Registry.Store;
using Analytics.Testing;

namespace Analytics.Registry.Tests.Store;

/// <summary>Content that comes too slowly, or not to its end.</summary>
public sealed class S3SlowContentTests(S3Server server)
{
    private const string Key = "models/iris/blobs/blob";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_OneByteASecond_IsUnavailableWithinTheTimeout()
    {
        await using var endpoint = new ScriptedEndpoint(DripAsync);
        var store = TestStores.CreateScripted(endpoint, timeout: TimeSpan.FromSeconds(0.5));

        var watch = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<StoreException>(() => store.ReadDocumentAsync(Key, null, Cancelled));

        Assert.Equal(StoreErrorKind.Unavailable, error.Kind);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.4), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Open_ContentComesDripping_FailsWithinTheTimeout()
    {
        await using var endpoint = new ScriptedEndpoint(DripAsync);
        var store = TestStores.CreateScripted(endpoint, timeout: TimeSpan.FromSeconds(0.5));

        await using var blob = await store.OpenAsync(Key, Cancelled);
        var watch = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<StoreException>(() => blob!.Content.CopyToAsync(Stream.Null, Cancelled));

        Assert.Equal(StoreErrorKind.Unavailable, error.Kind);
        Assert.Contains(Key, error.Message, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Open_ReaderTakesItsTime_IsNotTheServersFault()
    {
        var bucket = await server.CreateBucketAsync();
        var options = new StoreOptions { ServiceUrl = server.ServiceUrl, RequestTimeout = TimeSpan.FromSeconds(1) };
        var store = TestStores.Create(options, bucket, server.AccessKey, server.SecretKey);
        using var folder = new TemporaryFolder();
        await store.PutFileAsync("blob", folder.RandomFile("blob", 1_000_000), Cancelled);

        await using var blob = await store.OpenAsync("blob", Cancelled);
        var buffer = new byte[30_000];
        await blob!.Content.ReadExactlyAsync(buffer, Cancelled);
        // The reader is busy for longer than the time-out; nothing to poll for.
        await Task.Delay(TimeSpan.FromSeconds(1.5), Cancelled);

        using var rest = new MemoryStream();
        await blob.Content.CopyToAsync(rest, Cancelled);
        Assert.Equal(970_000, rest.Length);
    }

    [Fact]
    public async Task Open_ContentBreaksOff_IsUnavailable()
    {
        await using var endpoint = new ScriptedEndpoint(
            (_, stream, token) => ScriptedEndpoint.WriteAsync(stream, 200, 1000, ScriptedEndpoint.ETag, "only this", token));

        await using var blob = await TestStores.CreateScripted(endpoint).OpenAsync(Key, Cancelled);
        var error = await Assert.ThrowsAsync<StoreException>(() => blob!.Content.CopyToAsync(Stream.Null, Cancelled));

        Assert.Equal(StoreErrorKind.Unavailable, error.Kind);
    }

    private static async Task DripAsync(int request, Stream stream, CancellationToken cancellationToken)
    {
        await ScriptedEndpoint.WriteAsync(stream, 200, 1000, ScriptedEndpoint.ETag, "", cancellationToken);
        for (var i = 0; i < 1000; i++)
        {
            await stream.WriteAsync(new byte[1], cancellationToken);
            await Task.Delay(TimeSpan.FromSeconds(0.1), cancellationToken);
        }
    }
}
