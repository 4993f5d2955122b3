namespace Analytics.AppHost.Tests;

public sealed class DataFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("analytics-data-").FullName;

    private string AppHostDirectory => Path.Combine(_root, "AppHost");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(null, ".data")]
    [InlineData("", ".data")]
    [InlineData("other/place", "other/place")]
    public void Of_RelativeOrNone_CountsFromTheRepository(string? setting, string expected)
    {
        var folder = DataFolder.Of(AppHostDirectory, setting);

        Assert.Equal(Path.Combine(_root, expected), folder);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void Of_FullPath_IsTaken() =>
        Assert.Equal(Path.Combine(_root, "elsewhere"), DataFolder.Of("/repository/AppHost", Path.Combine(_root, "elsewhere")));

    [Fact]
    public void Of_NotAFolder_NamesItAndTheSetting()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");

        var error = Assert.Throws<SetupException>(() => DataFolder.Of(AppHostDirectory, file));

        Assert.StartsWith($"The data folder {file} cannot be written: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("Data:Folder", error.Message, StringComparison.Ordinal);
    }
}
