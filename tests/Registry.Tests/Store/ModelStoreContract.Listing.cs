using System.Globalization;
using Analytics.Registry.Store;

namespace Analytics.Registry.Tests.Store;

/// <summary>Listing, removing, and what a key may be.</summary>
public abstract partial class ModelStoreContract
{
    [Fact]
    public async Task List_Prefix_InKeyOrderWithoutNeighbours()
    {
        // "-" and "." come before "/", digits behind it: an order by folder would differ.
        string[] keys =
        [
            "models/iris-2/versions/00000001.json", "models/iris.x/a", "models/iris/aliases/champion.json",
            "models/iris/aliases/champion/0001.json", "models/iris/versions/00000001.json", "models/iris/versions/00000010.json",
            "models/iris0/a",
        ];
        foreach (var key in keys.Reverse())
        {
            await PutAsync(key);
        }

        Assert.Equal(keys.Order(StringComparer.Ordinal), await ListAsync("models/"));
        Assert.Equal(keys[4..6], await ListAsync("models/iris/versions/"));
        Assert.Equal(["models/iris/aliases/champion/0001.json"], await ListAsync("models/iris/aliases/champion/"));
        Assert.Equal(["iris", "iris-2", "iris.x", "iris0"], await Store.ListFoldersAsync("models/", Cancelled).ToListAsync(Cancelled));
        Assert.Equal(["models"], await Store.ListFoldersAsync("", Cancelled).ToListAsync(Cancelled));
        Assert.Equal(7, (await ListAsync("")).Count);
    }

    [Fact]
    public async Task List_NothingThere_IsEmpty()
    {
        Assert.Empty(await ListAsync("models/"));
        Assert.Empty(await Store.ListFoldersAsync("models/", Cancelled).ToListAsync(Cancelled));
    }

    [Fact]
    public async Task List_Entry_HasSizeAndTime()
    {
        var before = DateTimeOffset.UtcNow.AddSeconds(-2);
        await Store.PutDocumentAsync("models/a", new byte[123], PutCondition.None, Cancelled);

        var entry = Assert.Single(await Store.ListAsync("models/", Cancelled).ToListAsync(Cancelled));
        Assert.Equal(123, entry.Size);
        Assert.InRange(entry.LastModified, before, DateTimeOffset.UtcNow.AddSeconds(2));
    }

    [Fact]
    public async Task List_OverAThousand_ListsAll()
    {
        await Parallel.ForEachAsync(Enumerable.Range(1, 1100), Cancelled, async (i, _) => await PutAsync(Key(i)));

        Assert.Equal(Enumerable.Range(1, 1100).Select(Key), await ListAsync("models/iris/versions/"));

        static string Key(int i) => string.Create(CultureInfo.InvariantCulture, $"models/iris/versions/{i:D8}.json");
    }

    [Fact]
    public async Task Delete_LastOfAFolder_RemovesTheFolderToo()
    {
        await PutAsync("models/iris/versions/1.json");
        await PutAsync("models/wine/versions/1.json");

        await Store.DeleteAsync("models/iris/versions/1.json", Cancelled);
        await Store.DeleteAsync("models/iris/versions/1.json", Cancelled);

        Assert.Equal(["models/wine/versions/1.json"], await ListAsync("models/"));
        Assert.Equal(["wine"], await Store.ListFoldersAsync("models/", Cancelled).ToListAsync(Cancelled));
    }

    [Fact]
    public async Task Delete_NothingThereOrAFolder_IsNoError()
    {
        await PutAsync("models/iris/versions/1.json");

        await Store.DeleteAsync("models/wine/versions/1.json", Cancelled);
        await Store.DeleteAsync("models/iris", Cancelled);

        Assert.Equal(["models/iris/versions/1.json"], await ListAsync(""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../outside")]
    [InlineData("models/../../outside")]
    [InlineData("models/./a")]
    [InlineData("models//a")]
    [InlineData("models/")]
    [InlineData(".store/lock")]
    [InlineData("models\\..\\a")]
    [InlineData("models/a\0b")]
    [InlineData("c:/windows")]
    public async Task AnyOperation_KeyOfAnotherForm_IsRefused(string key)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.ReadDocumentAsync(key, null, Cancelled));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.PutDocumentAsync(key, Bytes("x"), PutCondition.None, Cancelled));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.PutFileAsync(key, _folder.RandomFile("x", 1), Cancelled));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.OpenAsync(key, Cancelled));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.DeleteAsync(key, Cancelled));
    }

    [Theory]
    [InlineData("models")]
    [InlineData("../")]
    [InlineData("/")]
    public async Task List_PrefixOfAnotherForm_IsRefused(string prefix)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ListAsync(prefix));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.ListFoldersAsync(prefix, Cancelled).ToListAsync(Cancelled));
    }
}
