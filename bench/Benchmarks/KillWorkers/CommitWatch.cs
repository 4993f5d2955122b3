namespace Analytics.Benchmarks.KillWorkers;

/// <summary>
/// Watches a model's folder in the store and acts the moment a run has got so far: what production does is told by the files
/// that it makes, and it knows nothing of being watched.
/// </summary>
internal sealed class CommitWatch : IDisposable
{
    private readonly string _folder;
    private readonly Point _point;
    private readonly int _blobs;
    private readonly Action _act;
    private readonly FileSystemWatcher _watcher;
    private readonly TaskCompletionSource _acted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _done;

    /// <param name="store">The store's folder.</param>
    /// <param name="model">A model that has no version yet.</param>
    /// <param name="point">When to act.</param>
    /// <param name="blobs">How many files a version has.</param>
    /// <param name="act">What to do; it is done once.</param>
    public CommitWatch(string store, string model, Point point, int blobs, Action act)
    {
        (_folder, _point, _blobs, _act) = (Path.Combine(store, "models", model), point, blobs, act);
        // There before the watching, so that no file is in a folder that is not watched yet.
        Directory.CreateDirectory(Path.Combine(_folder, "blobs"));
        Directory.CreateDirectory(Path.Combine(_folder, "versions"));
        _watcher = new FileSystemWatcher(_folder)
        {
            IncludeSubdirectories = true,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName,
            InternalBufferSize = 65536,
        };
        _watcher.Created += (_, _) => Look();
        _watcher.Renamed += (_, _) => Look();
        _watcher.EnableRaisingEvents = true;
    }

    /// <summary>Completed when the action was taken.</summary>
    public Task Acted => _acted.Task;

    /// <summary>How far the model's first version is: how many blobs, and whether manifest and champion are there.</summary>
    public static (int Blobs, bool Manifest, bool Champion) State(string store, string model)
    {
        var folder = Path.Combine(store, "models", model);
        return (Count(Path.Combine(folder, "blobs")), Count(Path.Combine(folder, "versions")) > 0, File.Exists(Path.Combine(folder, "aliases", "champion.json")));
    }

    public void Dispose() => _watcher.Dispose();

    // A blob has its SHA-256 for a name and a manifest its eight digits; what has another name is being written.
    private static int Count(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Count(f => Path.GetFileName(f) is { Length: 64 or 13 }) : 0;

    private void Look()
    {
        var reached = _point switch
        {
            Point.FirstBlob => Count(Path.Combine(_folder, "blobs")) >= 1,
            Point.AllBlobs => Count(Path.Combine(_folder, "blobs")) >= _blobs,
            _ => Count(Path.Combine(_folder, "versions")) >= 1,
        };
        if (reached && Interlocked.Exchange(ref _done, 1) == 0)
        {
            _act();
            _acted.TrySetResult();
        }
    }

    /// <summary>How far.</summary>
    public enum Point
    {
        /// <summary>The first file is there.</summary>
        FirstBlob,

        /// <summary>All files are there; the manifest is next.</summary>
        AllBlobs,

        /// <summary>The manifest is there; the alias is next.</summary>
        Manifest,
    }
}
