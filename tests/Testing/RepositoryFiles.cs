namespace Analytics.Testing;

/// <summary>Files of the repository that tests read in place.</summary>
public static class RepositoryFiles
{
    /// <summary>The repository's root: the folder of <c>Analytics.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The path of a file of <c>bench/data</c>.</summary>
    public static string Data(string file) => Path.Combine(Root, "bench", "data", file);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Analytics.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has Analytics.sln.");
    }
}
