namespace Analytics.Registry.Store;

/// <summary>What a directory store says when the file system does not do what it was asked.</summary>
internal sealed class DirectoryErrors(string root)
{
    /// <summary>The folder of the store's own files, which also tells a store from the empty place where one was mounted.</summary>
    public const string OwnFolder = ".store";

    public string Location { get; } = "file://" + root.Replace(Path.DirectorySeparatorChar, '/');

    public void RequireRoot(string operation)
    {
        if (!Directory.Exists(Path.Combine(root, OwnFolder)))
        {
            throw new StoreException(
                StoreErrorKind.NoSuchStore,
                $"{Location}: {operation} failed: the directory does not exist or is no store (it has no folder '{OwnFolder}', which a "
                + "start of the service makes). Mount it, or correct Store:Url.");
        }
    }

    /// <summary>The store error for an exception, or null when it is none of the file system's.</summary>
    public StoreException? Explain(Exception e, string operation) => e switch
    {
        UnauthorizedAccessException => new StoreException(
            StoreErrorKind.AccessDenied,
            $"{Location}: {operation} failed: {e.Message} The user '{Environment.UserName}' must be able to read and write there.",
            e),
        // A file that is missing is answered before; what is left is the caller's own file.
        FileNotFoundException => null,
        IOException => new StoreException(
            StoreErrorKind.Unavailable, $"{Location}: {operation} failed: {e.Message} Check the disk or the mount.", e),
        _ => null,
    };

    public StoreException Locked(TimeSpan timeout) => new(
        StoreErrorKind.Unavailable,
        $"{Location}: another process held the lock {Path.Combine(root, OwnFolder, "lock")} for {timeout}. Try again; when it stays, look "
        + "for a process that hangs while it writes to the store.");
}
