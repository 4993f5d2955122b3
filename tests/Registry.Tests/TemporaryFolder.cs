namespace Analytics.Registry.Tests;

/// <summary>A folder of a test's own.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("analytics-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file of the given size with content that compresses and repeats nowhere.</summary>
    public string RandomFile(string name, long bytes)
    {
        using var file = System.IO.File.Create(File(name));
        var block = new byte[64 * 1024];
        for (var left = bytes; left > 0; left -= block.Length)
        {
            Random.Shared.NextBytes(block);
            file.Write(block, 0, (int)Math.Min(left, block.Length));
        }

        return file.Name;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
