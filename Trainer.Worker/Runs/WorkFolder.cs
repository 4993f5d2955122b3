using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// This worker's folder for files in the making. It is held by a lock that ends with the process, so what a killed worker left
/// behind is removed by the next one that starts, and a living neighbour's folder never is.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    private const string LockName = "lock";
    private readonly FileStream _lock;
    private readonly string _path;

    public WorkFolder(IOptions<TrainerOptions> options)
    {
        var root = Path.GetFullPath(options.Value.WorkFolder);
        Directory.CreateDirectory(root);
        RemoveAbandoned(root);
        _path = Path.Combine(root, Guid.NewGuid().ToString("N"));
        CreatePrivate(_path);
        _lock = Lock(_path, FileMode.CreateNew);
    }

    /// <summary>Creates an empty folder; disposing removes it with all that is in it.</summary>
    public Scratch Create(string name)
    {
        var path = Path.Combine(_path, $"{name}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(path);
        return new Scratch(path);
    }

    public void Dispose()
    {
        _lock.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    // The data is nobody else's to read, whatever the system's temporary folder allows.
    private static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static void RemoveAbandoned(string root)
    {
        foreach (var folder in Directory.GetDirectories(root))
        {
            try
            {
                Lock(folder, FileMode.Open).Dispose();
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Held by a living worker, just being made by one, another user's, or removed by another that cleans up too.
            }
        }
    }

    private static FileStream Lock(string folder, FileMode mode) =>
        new(Path.Combine(folder, LockName), mode, FileAccess.ReadWrite, FileShare.None);
}

/// <summary>A folder that is removed with all that is in it.</summary>
internal sealed class Scratch(string path) : IDisposable
{
    /// <summary>The folder.</summary>
    public string Folder => path;

    /// <summary>The path of a file in it.</summary>
    public string File(string name) => Path.Combine(path, name);

    public void Dispose() => Directory.Delete(path, recursive: true);
}
