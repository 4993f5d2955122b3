using System.Security.Cryptography;
using System.Text;
using Analytics.Registry.Store;

namespace Analytics.Registry.Tests.Store;

/// <summary>What every <see cref="IModelStore"/> does. Each test has a store of its own.</summary>
public abstract partial class ModelStoreContract : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected IModelStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Store = await CreateStoreAsync();

    public virtual ValueTask DisposeAsync()
    {
        _folder.Dispose();
        (Store as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Read_NothingThere_IsNotFound()
    {
        Assert.Equal(ReadStatus.NotFound, (await Store.ReadDocumentAsync("models/iris/aliases/champion.json", null, Cancelled)).Status);
        Assert.Null(await Store.OpenAsync("models/iris/blobs/none", Cancelled));
    }

    [Fact]
    public async Task Read_Folder_IsNotFound()
    {
        await PutAsync("models/iris/versions/1.json");

        Assert.Equal(ReadStatus.NotFound, (await Store.ReadDocumentAsync("models/iris", null, Cancelled)).Status);
        Assert.Null(await Store.OpenAsync("models/iris/versions", Cancelled));
    }

    [Fact]
    public async Task PutIfAbsent_Twice_KeepsTheFirst()
    {
        var first = await Store.PutDocumentAsync("a/doc.json", Bytes("first"), PutCondition.IfAbsent, Cancelled);
        var second = await Store.PutDocumentAsync("a/doc.json", Bytes("second"), PutCondition.IfAbsent, Cancelled);

        var read = await Store.ReadDocumentAsync("a/doc.json", null, Cancelled);
        Assert.True(first.Written);
        Assert.Equal(new PutResult(false, null), second);
        Assert.Equal("first", Text(read));
        Assert.Equal(first.ETag, read.ETag);
    }

    [Fact]
    public async Task PutIfMatch_CurrentTag_ReplacesAndStaleTagDoesNot()
    {
        var first = await Store.PutDocumentAsync("a/doc.json", Bytes("first"), PutCondition.IfAbsent, Cancelled);
        var second = await Store.PutDocumentAsync("a/doc.json", Bytes("second"), PutCondition.IfMatch(first.ETag!), Cancelled);
        var stale = await Store.PutDocumentAsync("a/doc.json", Bytes("third"), PutCondition.IfMatch(first.ETag!), Cancelled);

        Assert.True(second.Written);
        Assert.NotEqual(first.ETag, second.ETag);
        Assert.Equal(new PutResult(false, null), stale);
        Assert.Equal("second", Text(await Store.ReadDocumentAsync("a/doc.json", null, Cancelled)));
    }

    [Fact]
    public async Task PutIfMatch_NothingThere_DoesNotWrite()
    {
        var other = await Store.PutDocumentAsync("a/other.json", Bytes("other"), PutCondition.None, Cancelled);

        var put = await Store.PutDocumentAsync("a/doc.json", Bytes("first"), PutCondition.IfMatch(other.ETag!), Cancelled);

        Assert.False(put.Written);
        Assert.Equal(ReadStatus.NotFound, (await Store.ReadDocumentAsync("a/doc.json", null, Cancelled)).Status);
    }

    [Fact]
    public async Task Put_NoCondition_Replaces()
    {
        await Store.PutDocumentAsync("a/doc.json", Bytes("first"), PutCondition.None, Cancelled);
        var second = await Store.PutDocumentAsync("a/doc.json", Bytes("second"), PutCondition.None, Cancelled);

        Assert.True(second.Written);
        Assert.Equal("second", Text(await Store.ReadDocumentAsync("a/doc.json", null, Cancelled)));
    }

    [Fact]
    public async Task Read_KnownTag_IsNotModifiedUntilItChanges()
    {
        var first = await Store.PutDocumentAsync("a/doc.json", Bytes("first"), PutCondition.None, Cancelled);

        var unchanged = await Store.ReadDocumentAsync("a/doc.json", first.ETag, Cancelled);
        await Store.PutDocumentAsync("a/doc.json", Bytes("second"), PutCondition.None, Cancelled);
        var changed = await Store.ReadDocumentAsync("a/doc.json", first.ETag, Cancelled);

        Assert.Equal(ReadStatus.NotModified, unchanged.Status);
        Assert.True(unchanged.Content.IsEmpty);
        Assert.Equal("second", Text(changed));
    }

    [Fact]
    public async Task PutIfAbsent_ManyRacers_ExactlyOneWins()
    {
        for (var round = 0; round < 10; round++)
        {
            var key = $"race/{round}.json";
            var puts = await RaceAsync(12, i => Store.PutDocumentAsync(key, Bytes($"racer {i}"), PutCondition.IfAbsent, Cancelled));

            var winner = Assert.Single(Enumerable.Range(0, 12), i => puts[i].Written);
            Assert.Equal($"racer {winner}", Text(await Store.ReadDocumentAsync(key, null, Cancelled)));
        }
    }

    [Fact]
    public async Task PutIfMatch_ManyRacers_ExactlyOneWinsEachRound()
    {
        var etag = (await Store.PutDocumentAsync("race.json", Bytes("start"), PutCondition.IfAbsent, Cancelled)).ETag!;
        for (var round = 0; round < 10; round++)
        {
            var known = etag;
            var puts = await RaceAsync(
                12, i => Store.PutDocumentAsync("race.json", Bytes($"{round}, {i}"), PutCondition.IfMatch(known), Cancelled));

            var winner = Assert.Single(Enumerable.Range(0, 12), i => puts[i].Written);
            var read = await Store.ReadDocumentAsync("race.json", null, Cancelled);
            Assert.Equal($"{round}, {winner}", Text(read));
            Assert.Equal(puts[winner].ETag, read.ETag);
            etag = read.ETag!;
        }
    }

    [Fact]
    public async Task Read_WhileReplaced_IsAlwaysAWholeDocument()
    {
        // Extensions.ML watchForChanges: a reader must never see half a write.
        byte[][] contents = [[.. Enumerable.Repeat((byte)'a', 300_000)], [.. Enumerable.Repeat((byte)'b', 200_000)]];
        await Store.PutDocumentAsync("doc.json", contents[0], PutCondition.None, Cancelled);
        var writing = RaceAsync(1, async _ =>
        {
            for (var i = 0; i < 40; i++)
            {
                await Store.PutDocumentAsync("doc.json", contents[i % 2], PutCondition.None, Cancelled);
            }

            return true;
        });

        do
        {
            var read = (await Store.ReadDocumentAsync("doc.json", null, Cancelled)).Content;
            Assert.Contains(contents, c => read.Span.SequenceEqual(c));
        }
        while (!writing.IsCompleted);

        await writing;
    }

    [Fact]
    public async Task PutDocument_TooLarge_IsRefusedAndNothingIsThere()
    {
        var error = await Assert.ThrowsAsync<StoreException>(() => Store.PutDocumentAsync(
            "doc.json", new byte[StoreLimits.MaxDocumentBytes + 1], PutCondition.None, Cancelled));

        Assert.Equal(StoreErrorKind.Corrupt, error.Kind);
        Assert.Equal(ReadStatus.NotFound, (await Store.ReadDocumentAsync("doc.json", null, Cancelled)).Status);
    }

    [Fact]
    public async Task ReadDocument_TooLarge_IsRefused()
    {
        await Store.PutFileAsync("doc.json", _folder.RandomFile("large", StoreLimits.MaxDocumentBytes + 1), Cancelled);

        var error = await Assert.ThrowsAsync<StoreException>(() => Store.ReadDocumentAsync("doc.json", null, Cancelled));

        Assert.Equal(StoreErrorKind.Corrupt, error.Kind);
        Assert.Contains("doc.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("4194305", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadDocument_OfTheLargestSize_IsRead()
    {
        var content = RandomNumberGenerator.GetBytes(StoreLimits.MaxDocumentBytes);
        await Store.PutDocumentAsync("doc.json", content, PutCondition.IfAbsent, Cancelled);

        Assert.True((await Store.ReadDocumentAsync("doc.json", null, Cancelled)).Content.Span.SequenceEqual(content));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    [InlineData(70L * 1024 * 1024)] // more than one part on S3
    public async Task PutFile_AnySize_ComesBackTheSame(long bytes)
    {
        var path = _folder.RandomFile("file", bytes);

        await Store.PutFileAsync("datasets/iris/data.csv", path, Cancelled);

        await using var read = await Store.OpenAsync("datasets/iris/data.csv", Cancelled);
        Assert.Equal(bytes, read!.Size);
        Assert.Equal(await HashAsync(File.OpenRead(path)), await HashAsync(read.Content));
    }

    [Fact]
    public async Task PutFile_Again_Replaces()
    {
        await Store.PutFileAsync("file", _folder.RandomFile("a", 100_000), Cancelled);
        await Store.PutFileAsync("file", _folder.RandomFile("b", 10), Cancelled);

        await using var read = await Store.OpenAsync("file", Cancelled);
        Assert.Equal(10, read!.Size);
    }

    [Fact]
    public async Task Open_ReadSynchronously_GivesTheSame()
    {
        // CSV parsers read synchronously.
        await Store.PutDocumentAsync("a.csv", Bytes("a,b\n1,2\n"), PutCondition.None, Cancelled);

        await using var read = await Store.OpenAsync("a.csv", Cancelled);
        using var reader = new StreamReader(read!.Content);
        Assert.Equal("a,b", reader.ReadLine());
    }

    [Fact]
    public async Task PutFile_NoSuchLocalFile_IsTheCallersError() =>
        await Assert.ThrowsAsync<FileNotFoundException>(() => Store.PutFileAsync("a", _folder.File("missing"), Cancelled));

    [Fact]
    public async Task AnyOperation_Cancelled_IsCancelledAndNoStoreError()
    {
        var cancelled = new CancellationToken(canceled: true);
        var path = _folder.RandomFile("x", 1);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutDocumentAsync("a", Bytes("x"), PutCondition.None, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutFileAsync("a", path, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.OpenAsync("a", cancelled));
        Assert.Empty(await ListAsync(""));
    }

    [Fact]
    public Task Check_StoreThatIsThere_Returns() => Store.CheckAsync(Cancelled);

    protected abstract Task<IModelStore> CreateStoreAsync();

    protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static string Text(DocumentRead read)
    {
        Assert.Equal(ReadStatus.Found, read.Status);
        return Encoding.UTF8.GetString(read.Content.Span);
    }

    private Task<PutResult> PutAsync(string key) => Store.PutDocumentAsync(key, Bytes(key), PutCondition.None, Cancelled);

    private async Task<List<string>> ListAsync(string prefix) =>
        await Store.ListAsync(prefix, Cancelled).Select(e => e.Key).ToListAsync(Cancelled);

    private static async Task<T[]> RaceAsync<T>(int racers, Func<int, Task<T>> run)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tasks = Enumerable.Range(0, racers).Select(i => Task.Run(async () =>
        {
            await start.Task;
            return await run(i);
        })).ToList();
        start.SetResult();
        return await Task.WhenAll(tasks);
    }

    private static async Task<string> HashAsync(Stream stream)
    {
        await using (stream)
        {
            return Convert.ToHexString(await SHA256.HashDataAsync(stream, Cancelled));
        }
    }
}
