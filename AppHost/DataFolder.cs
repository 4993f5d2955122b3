namespace Analytics.AppHost;

/// <summary>Where everything lives that survives a stop: <c>Data:Folder</c>, by default <c>.data</c> in the repository.</summary>
internal static class DataFolder
{
    /// <summary>The folder of this application.</summary>
    public static string Of(IDistributedApplicationBuilder builder) => Of(builder.AppHostDirectory, builder.Configuration["Data:Folder"]);

    /// <summary>The folder's full path, created where it is missing. A relative setting counts from the repository's root.</summary>
    /// <exception cref="SetupException">It cannot be written.</exception>
    public static string Of(string appHostDirectory, string? setting)
    {
        var root = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(appHostDirectory))!;
        var folder = Path.GetFullPath(string.IsNullOrWhiteSpace(setting) ? ".data" : setting, root);
        try
        {
            Directory.CreateDirectory(folder);
            // A folder of another user (from a start as root, say) would otherwise fail later, somewhere, in other words.
            using var probe = new FileStream(
                Path.Combine(folder, $".{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SetupException(
                $"The data folder {folder} cannot be written: {e.Message} Start as its owner, or set Data:Folder to another folder.");
        }
    }
}
