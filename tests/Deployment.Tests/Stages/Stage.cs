using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Analytics.Testing;

namespace Analytics.Deployment.Tests.Stages;

/// <summary>
/// A place to run a script in: stand-ins first on PATH that record how they are called, and a folder for what the script writes.
/// </summary>
internal sealed partial class Stage : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _behaviour;
    private readonly string _programs;

    /// <summary>Sets the stage.</summary>
    /// <param name="behaviour">The file of this folder that says how the outside behaves.</param>
    /// <param name="programs">What has a stand-in.</param>
    public Stage(string behaviour, params string[] programs)
        : this([behaviour], programs)
    {
    }

    /// <summary>Sets the stage with several files, of which an earlier one has the first word.</summary>
    public Stage(IEnumerable<string> behaviours, params string[] programs)
    {
        _behaviour = string.Concat(behaviours.Select(b => File.ReadAllText(Source(b))));
        File.Copy(Source("aws-commands.txt"), In("aws-commands.txt"));
        _programs = Directory.CreateDirectory(In("programs")).FullName;
        Directory.CreateDirectory(In("home"));
        foreach (var program in programs)
        {
            File.Copy(Source("stand-in.sh"), Path.Combine(_programs, program));
            File.SetUnixFileMode(Path.Combine(_programs, program), (UnixFileMode)0b111_101_101);
        }
    }

    /// <summary>The stage's folder.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("analytics-stage-").FullName;

    /// <summary>What the stand-ins do before the usual: the branches of a bash <c>case</c> on <c>$line</c>.</summary>
    public List<string> Unusual { get; } = [];

    /// <summary>The scripts' environment.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>The calls so far, names of temporary files told alike.</summary>
    public IReadOnlyList<string> Record =>
        File.Exists(In("record")) ? [.. File.ReadLines(In("record")).Select(l => TemporaryFile().Replace(l, "TMP").Replace(Folder, "", StringComparison.Ordinal))] : [];

    /// <summary>A path in the stage's folder.</summary>
    public string In(string path) => Path.Combine(Folder, path);

    /// <summary>Writes a file of the stage.</summary>
    public void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(path))!);
        File.WriteAllText(In(path), content);
    }

    public string Read(string path) => File.ReadAllText(In(path));

    /// <summary>Forgets the calls so far.</summary>
    public void ForgetRecord() => File.Delete(In("record"));

    /// <summary>Makes every call that the pattern fits fail.</summary>
    public void Fail(string pattern, string says = "it does not", int exitCode = 1) =>
        Unusual.Add($"{pattern}) echo '{says}' >&2; exit {exitCode} ;;");

    /// <summary>Runs bash to its end.</summary>
    public async Task<Outcome> RunAsync(params string[] arguments)
    {
        await File.WriteAllTextAsync(In("behaviour.sh"), $"case $line in\n{string.Join('\n', Unusual)}\n'') ;;\nesac\n{_behaviour}");
        var start = new ProcessStartInfo("/bin/bash", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment.Clear();
        start.Environment["STAGE"] = Folder;
        start.Environment["HOME"] = In("home");
        start.Environment["PATH"] = $"{_programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var said = new StringBuilder();
        var both = Task.WhenAll(GatherAsync(process.StandardOutput, said), GatherAsync(process.StandardError, said));
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            await both.WaitAsync(timeout.Token);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.False(File.Exists(In("refused")), File.Exists(In("refused")) ? Read("refused") : "");
        return new Outcome(process.ExitCode, said.ToString());
    }

    /// <summary>Paths, modes and contents of what is under a folder of the stage: equal before and after means that nothing changed.</summary>
    public IReadOnlyList<string> Tree(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(In(folder), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Describe)];

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string Source(string file) => Path.Combine(RepositoryFiles.Root, "tests", "Deployment.Tests", "Stages", file);

    private static async Task GatherAsync(StreamReader reader, StringBuilder said)
    {
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lock (said)
            {
                said.AppendLine(line);
            }
        }
    }

    private string Describe(string path)
    {
        var info = new FileInfo(path);
        var content = info.LinkTarget ?? (info.Exists ? File.ReadAllText(path) : "folder");
        return $"{Path.GetRelativePath(Folder, path)} {info.UnixFileMode} {content}";
    }

    [GeneratedRegex(@"/tmp/tmp\.\w+")]
    private static partial Regex TemporaryFile();
}

/// <summary>How a script ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Said">Both its outputs.</param>
internal sealed record Outcome(int ExitCode, string Said);
