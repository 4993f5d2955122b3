using System.Diagnostics;
using Analytics.Registry.Store;
using Analytics.Testing;

namespace Analytics.Registry.Tests.Store;

public sealed class DirectoryModelStoreTests : ModelStoreContract
{
    private readonly TemporaryFolder _root = new();

    private string Root => _root.File("store");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _root.Dispose();
    }

    [Fact]
    public async Task AnyOperation_RootWentAway_IsNoSuchStore()
    {
        // A store error never means "no versions".
        await Store.PutDocumentAsync("models/a", Bytes("x"), PutCondition.None, Cancelled);
        Directory.Delete(Root, recursive: true);

        await AssertNoSuchStoreAsync();
        Assert.False(Directory.Exists(Root));
    }

    [Fact]
    public async Task AnyOperation_DiskNoLongerMounted_IsNoSuchStore()
    {
        // The place where a disk was mounted is still there, empty.
        Directory.Delete(Root, recursive: true);
        Directory.CreateDirectory(Root);

        await AssertNoSuchStoreAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(Root));
    }

    [Fact]
    public async Task CreateRoot_SecondStart_FindsTheFirstOnesObjects()
    {
        await Store.PutDocumentAsync("models/a", Bytes("x"), PutCondition.None, Cancelled);

        using var second = NewStore(TimeSpan.FromSeconds(30));

        Assert.Equal("x", Text(await second.ReadDocumentAsync("models/a", null, Cancelled)));
    }

    [Fact]
    public void CreateRoot_AbandonedFiles_GoWhenTheyAreOld()
    {
        var old = Path.Combine(Root, ".store", "1.part");
        var young = Path.Combine(Root, ".store", "2.part");
        File.WriteAllText(old, "");
        File.WriteAllText(young, "");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-2));

        NewStore(TimeSpan.FromSeconds(30)).Dispose();

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
    }

    [Fact]
    public async Task Put_FailsOrLosesOrWins_LeavesNoFileBehind()
    {
        await Store.PutDocumentAsync("a", Bytes("x"), PutCondition.IfAbsent, Cancelled);
        await Store.PutDocumentAsync("a", Bytes("y"), PutCondition.IfAbsent, Cancelled);
        await Store.PutDocumentAsync("a", Bytes("y"), PutCondition.IfMatch("stale"), Cancelled);
        await Assert.ThrowsAsync<StoreException>(() => Store.PutDocumentAsync("a/b", Bytes("y"), PutCondition.None, Cancelled));

        Assert.Equal(["lock"], Directory.EnumerateFiles(Path.Combine(Root, ".store")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task PutIfAbsent_RaceWithAnotherProcess_ExactlyOneWinsEachKey()
    {
        // The other process creates the same keys in the same order, with a hard link as another trainer would.
        const int Keys = 300;
        Directory.CreateDirectory(Path.Combine(Root, "race"));
        File.WriteAllText(_root.File("theirs"), "theirs");
        var start = new ProcessStartInfo("bash", [
            "-c", $"echo go; for i in $(seq {Keys}); do ln '{_root.File("theirs")}' '{Root}/race/'$i 2>/dev/null && echo won; done"])
        {
            RedirectStandardOutput = true,
        };
        using var other = Process.Start(start)!;
        Assert.Equal("go", await other.StandardOutput.ReadLineAsync(Cancelled));
        var theirs = other.StandardOutput.ReadToEndAsync(Cancelled);

        var ours = 0;
        for (var i = 1; i <= Keys; i++)
        {
            ours += (await Store.PutDocumentAsync($"race/{i}", Bytes("ours"), PutCondition.IfAbsent, Cancelled)).Written ? 1 : 0;
        }

        var won = (await theirs).Split('\n').Count(line => line == "won");
        Assert.Equal(Keys, ours + won);
        Assert.Equal(ours, Enumerable.Range(1, Keys).Count(i => File.ReadAllText(Path.Combine(Root, "race", $"{i}")) == "ours"));
    }

    [Fact]
    public async Task PutIfMatch_AnotherProcessHoldsTheLock_WaitsForIt()
    {
        var etag = (await Store.PutDocumentAsync("a", Bytes("x"), PutCondition.None, Cancelled)).ETag!;
        using var holder = await HoldLockAsync();

        var put = Store.PutDocumentAsync("a", Bytes("y"), PutCondition.IfMatch(etag), Cancelled);
        Assert.Equal("x", Text(await Store.ReadDocumentAsync("a", null, Cancelled)));
        Assert.False(put.IsCompleted);
        holder.StandardInput.Close();

        Assert.True((await put).Written);
    }

    [Fact]
    public async Task PutIfMatch_AnotherProcessKeepsTheLock_IsUnavailableAndSaysSo()
    {
        using var impatient = NewStore(TimeSpan.FromMilliseconds(200));
        var etag = (await impatient.PutDocumentAsync("a", Bytes("x"), PutCondition.None, Cancelled)).ETag!;
        using var holder = await HoldLockAsync();

        var error = await Assert.ThrowsAsync<StoreException>(
            () => impatient.PutDocumentAsync("a", Bytes("y"), PutCondition.IfMatch(etag), Cancelled));

        holder.StandardInput.Close();
        Assert.Equal(StoreErrorKind.Unavailable, error.Kind);
        Assert.Contains(Path.Combine(".store", "lock"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutIfMatch_HolderOfTheLockWasKilled_GoesOn()
    {
        var etag = (await Store.PutDocumentAsync("a", Bytes("x"), PutCondition.None, Cancelled)).ETag!;
        using var holder = await HoldLockAsync();
        holder.Kill(entireProcessTree: true);

        Assert.True((await Store.PutDocumentAsync("a", Bytes("y"), PutCondition.IfMatch(etag), Cancelled)).Written);
    }

    [Fact]
    public void Location_IsTheUrl() => Assert.Equal($"file://{Root}", Store.Location);

    protected override Task<IModelStore> CreateStoreAsync() => Task.FromResult<IModelStore>(NewStore(TimeSpan.FromSeconds(30)));

    private DirectoryModelStore NewStore(TimeSpan lockTimeout)
    {
        var store = new DirectoryModelStore(Root, lockTimeout, TimeProvider.System);
        store.CreateRoot();
        return store;
    }

    /// <summary>A process that holds the store's lock until its input ends.</summary>
    private async Task<Process> HoldLockAsync()
    {
        if (TestServers.FindProgram("flock") is null)
        {
            TestServers.SkipOrFail("flock (util-linux) is not installed.");
        }

        var holder = Process.Start(new ProcessStartInfo(
            "flock", [Path.Combine(Root, ".store", "lock"), "bash", "-c", "echo held; cat >/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync(Cancelled));
        return holder;
    }

    private async Task AssertNoSuchStoreAsync()
    {
        foreach (var operation in new Func<Task>[]
        {
            () => Store.CheckAsync(Cancelled),
            () => Store.ReadDocumentAsync("models/a", null, Cancelled),
            () => Store.OpenAsync("models/a", Cancelled),
            () => Store.PutDocumentAsync("models/a", Bytes("x"), PutCondition.IfAbsent, Cancelled),
            () => Store.PutFileAsync("models/a", typeof(DirectoryModelStoreTests).Assembly.Location, Cancelled),
            () => Store.DeleteAsync("models/a", Cancelled),
            async () => await Store.ListAsync("models/", Cancelled).ToListAsync(Cancelled),
            async () => await Store.ListFoldersAsync("models/", Cancelled).ToListAsync(Cancelled),
        })
        {
            var error = await Assert.ThrowsAsync<StoreException>(operation);
            Assert.Equal(StoreErrorKind.NoSuchStore, error.Kind);
            Assert.Contains(Root, error.Message, StringComparison.Ordinal);
        }
    }
}
