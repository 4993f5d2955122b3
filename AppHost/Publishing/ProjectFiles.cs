using System.Xml.Linq;

namespace Analytics.AppHost.Publishing;

/// <summary>What of the repository a project is built from, read from its file.</summary>
internal static class ProjectFiles
{
    /// <summary>The image of a project.</summary>
    /// <param name="repository">The repository's root.</param>
    /// <param name="projectFile">The project's full path.</param>
    /// <exception cref="InvalidOperationException">The project, or one it refers to, is outside the repository.</exception>
    public static DeployedImage Image(string repository, string projectFile)
    {
        var projects = new SortedSet<string>(StringComparer.Ordinal);
        var linked = new SortedSet<string>(StringComparer.Ordinal);
        var libraries = new SortedDictionary<string, ImageLibrary>(StringComparer.Ordinal);
        Collect(repository, projectFile, projects, linked, libraries);
        var name = Path.GetFileNameWithoutExtension(projectFile);
        return new DeployedImage
        {
            Name = ImageName(projectFile),
            Project = Relative(repository, projectFile),
            Program = $"Analytics.{name}",
            Projects = [.. projects],
            Libraries = [.. libraries.Values],
            LinkedFiles = [.. linked.Where(file => !projects.Any(p => file.StartsWith(Folder(p) + "/", StringComparison.Ordinal)))],
        };
    }

    /// <summary>The image's name: <c>Scorer.Api</c> is <c>analytics-scorer</c>.</summary>
    public static string ImageName(string projectFile) =>
        $"analytics-{Path.GetFileName(projectFile).Split('.')[0].ToLowerInvariant()}";

    /// <summary>The folder of a file, both relative to the repository.</summary>
    public static string Folder(string path) => path[..path.LastIndexOf('/')];

    /// <summary>The path relative to the repository's root, with <c>/</c>.</summary>
    public static string Relative(string repository, string path)
    {
        var relative = Path.GetRelativePath(repository, path).Replace('\\', '/');
        return relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? throw new InvalidOperationException($"{path} is outside the repository {repository}, and images are built from the repository.")
            : relative;
    }

    private static void Collect(string repository, string projectFile, SortedSet<string> projects, SortedSet<string> linked, SortedDictionary<string, ImageLibrary> libraries)
    {
        if (!projects.Add(Relative(repository, projectFile)))
        {
            return;
        }

        var folder = Path.GetDirectoryName(projectFile)!;
        foreach (var item in XDocument.Load(projectFile).Descendants())
        {
            if (item.Attribute("Include")?.Value.Replace('\\', '/') is not { } include)
            {
                continue;
            }

            var path = Path.GetFullPath(Path.Combine(folder, include));
            if (item.Name.LocalName == "ProjectReference")
            {
                Collect(repository, path, projects, linked, libraries);
            }
            else if (item.Name.LocalName == "ImageLibrary")
            {
                var package = item.Attribute("Package")?.Value
                    ?? throw new InvalidOperationException($"{projectFile}: the ImageLibrary {include} has no Package; expected the distribution's package that has it.");
                libraries[include] = new ImageLibrary(include, package);
            }
            else if (include.StartsWith("../", StringComparison.Ordinal))
            {
                linked.Add(Relative(repository, path));
            }
        }
    }
}
