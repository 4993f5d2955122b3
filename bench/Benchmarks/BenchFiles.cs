namespace Analytics.Benchmarks;

/// <summary>The files of the repository's <c>bench</c> folder.</summary>
internal static class BenchFiles
{
    private static readonly string Folder = Find();

    public static string Data(string name) => Path.Combine(Folder, "data", name);

    public static string Peer(string name) => Path.Combine(Folder, "peers", name);

    /// <summary>The folder that a project of the repository was built into, in the same configuration as this program.</summary>
    public static string Output(string project) => Path.Combine(
        Path.GetDirectoryName(Folder)!, project, Path.GetRelativePath(Path.Combine(Folder, "Benchmarks"), AppContext.BaseDirectory));

    /// <summary>The folder that <c>bench/run</c> has published a service's program to, compiled ahead of time as its image has it.</summary>
    public static string Published(string project)
    {
        var folder = Path.Combine(Path.GetDirectoryName(Folder)!, "artifacts", "bench", project);
        return Directory.Exists(folder)
            ? folder
            : throw new InvalidOperationException($"{folder} is not there; bench/run publishes {project} to it before it starts this program.");
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Analytics.sln")))
            {
                return Path.Combine(folder.FullName, "bench");
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has Analytics.sln; run it from the repository.");
    }
}
