using System.Text;

namespace Analytics.AppHost.Publishing;

/// <summary>
/// The folder that is published into. It may hold other files too (scripts by hand, an <c>.env</c>): a list of what was written here lets the
/// next publish remove what it no longer writes, and nothing else.
/// </summary>
internal static class OutputFolder
{
    /// <summary>The list's file: one path a line, sorted.</summary>
    public const string List = "generated.txt";

    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes the files and removes those of an earlier publish that are not among them.</summary>
    public static async Task WriteAsync(string folder, IReadOnlyList<Artifact> artifacts, CancellationToken cancellationToken)
    {
        foreach (var artifact in artifacts)
        {
            Check(artifact);
        }

        Directory.CreateDirectory(folder);
        RemoveStale(folder, artifacts.Select(a => a.Path).ToHashSet(StringComparer.Ordinal));
        foreach (var artifact in artifacts)
        {
            var path = Path.Combine(folder, artifact.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, artifact.Content, Utf8, cancellationToken);
            if (artifact.IsExecutable && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, Executable);
            }
        }

        var list = string.Concat(artifacts.Select(a => a.Path).Order(StringComparer.Ordinal).Select(p => p + "\n"));
        await File.WriteAllTextAsync(Path.Combine(folder, List), list, Utf8, cancellationToken);
    }

    // The list is a file like any other, and could have been edited: what it names outside the folder is not ours.
    private static void RemoveStale(string folder, HashSet<string> wanted)
    {
        var list = Path.Combine(folder, List);
        var written = File.Exists(list) ? File.ReadAllLines(list) : [];
        foreach (var stale in written.Where(p => IsInside(p) && !wanted.Contains(p)))
        {
            File.Delete(Path.Combine(folder, stale));
            for (var parent = Path.GetDirectoryName(stale); !string.IsNullOrEmpty(parent); parent = Path.GetDirectoryName(parent))
            {
                var left = new DirectoryInfo(Path.Combine(folder, parent));
                if (!left.Exists || left.EnumerateFileSystemInfos().Any())
                {
                    break;
                }

                left.Delete();
            }
        }
    }

    private static void Check(Artifact artifact)
    {
        if (!IsInside(artifact.Path))
        {
            throw new InvalidOperationException($"'{artifact.Path}' is no path of a published file; expected one below the output folder, with '/'.");
        }

        if (!artifact.Content.EndsWith('\n') || artifact.Content.Contains('\r', StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{artifact.Path}: expected lines that end with LF, the last one too.");
        }
    }

    private static bool IsInside(string path) =>
        path.Length > 0 && path != List && !Path.IsPathRooted(path) && path.Split('/').All(part => part is not ("" or "." or ".."));
}
