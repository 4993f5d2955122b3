namespace Analytics.AppHost;

/// <summary>Where everything lives that survives a stop: <c>Data:Folder</c>, by default <c>.data</c> in the repository.</summary>
internal static class DataFolder
{
    /// <summary>The folder's full path, created where it is missing. A relative setting counts from the repository's root.</summary>
    public static string Of(IDistributedApplicationBuilder builder)
    {
        var root = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(builder.AppHostDirectory))!;
        var setting = builder.Configuration["Data:Folder"];
        var folder = Path.GetFullPath(string.IsNullOrWhiteSpace(setting) ? ".data" : setting, root);
        try
        {
            return Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SetupException($"The data folder {folder} cannot be created: {e.Message} Set Data:Folder to one that can.");
        }
    }
}
