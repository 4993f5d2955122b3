using System.Text;

namespace Analytics.Trainer.Worker.Tests.Data;

/// <summary>A file with the given content, deleted after the test.</summary>
public sealed class TempFile : IDisposable
{
    public TempFile(string text)
        : this(Encoding.UTF8.GetBytes(text))
    {
    }

    public TempFile(byte[] content) => File.WriteAllBytes(Path, content);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"{Guid.NewGuid():N}.csv");

    public void Dispose() => File.Delete(Path);
}
