namespace Analytics.Registry.Store;

/// <summary>The objects and folders of a directory as S3 would list them.</summary>
internal static class DirectoryListing
{
    public static IEnumerable<StoreEntry> Objects(DirectoryInfo folder, string prefix, CancellationToken cancellationToken)
    {
        foreach (var entry in Entries(folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry is DirectoryInfo below)
            {
                foreach (var found in Objects(below, $"{prefix}{below.Name}/", cancellationToken))
                {
                    yield return found;
                }
            }
            else if (entry is FileInfo file && Describe(file, prefix) is { } described)
            {
                yield return described;
            }
        }
    }

    /// <summary>The folders that hold an object; an empty one is none.</summary>
    public static IEnumerable<string> Folders(DirectoryInfo folder, CancellationToken cancellationToken) =>
        Entries(folder).OfType<DirectoryInfo>()
            .Where(below => Objects(below, "", cancellationToken).Any())
            .Select(below => below.Name)
            .Order(StringComparer.Ordinal);

    // In the order of whole keys: a folder's name counts with its slash, so "a-b" comes before "a/c".
    private static IEnumerable<FileSystemInfo> Entries(DirectoryInfo folder)
    {
        try
        {
            return [.. folder.EnumerateFileSystemInfos()
                .Where(e => ObjectKey.IsKey(e.Name))
                .OrderBy(e => e is DirectoryInfo ? e.Name + "/" : e.Name, StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            // There is no such folder, or no longer.
            return [];
        }
    }

    private static StoreEntry? Describe(FileInfo file, string prefix)
    {
        try
        {
            return new StoreEntry(prefix + file.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc));
        }
        catch (FileNotFoundException)
        {
            // Deleted since it was listed.
            return null;
        }
    }
}
