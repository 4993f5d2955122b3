using System.Globalization;
using System.Text.RegularExpressions;

namespace Analytics.AppHost.Postgres;

/// <summary>PostgreSQL's server programs of one version on this machine.</summary>
/// <param name="Folder">The folder that has <c>initdb</c>, <c>postgres</c> and <c>psql</c>.</param>
/// <param name="Major">The major version: 15, 16, 17 …</param>
internal sealed partial record LocalPrograms(string Folder, int Major)
{
    private static readonly string[] Needed = ["initdb", "postgres", "psql"];

    // Debian and Ubuntu, RPM of postgresql.org, Homebrew (Apple silicon, Intel, Linux), Postgres.app.
    private static readonly (string Parent, string Pattern)[] Homes =
    [
        ("/usr/lib/postgresql", "*"),
        ("/usr", "pgsql-*"),
        ("/opt/homebrew/opt", "postgresql*"),
        ("/usr/local/opt", "postgresql*"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql*"),
        ("/Applications/Postgres.app/Contents/Versions", "*"),
    ];

    /// <summary>The folders where the programs may be: those on PATH first, then where packages put them.</summary>
    public static IEnumerable<string> Folders(string? path)
    {
        var packaged = Homes.Where(home => Directory.Exists(home.Parent))
            .SelectMany(home => Directory.GetDirectories(home.Parent, home.Pattern).OrderDescending(StringComparer.Ordinal))
            .Select(version => Path.Combine(version, "bin"));
        return (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Concat(packaged);
    }

    /// <summary>All versions in these folders, in their order.</summary>
    public static async Task<IReadOnlyList<LocalPrograms>> FindAsync(IEnumerable<string> folders)
    {
        var found = new List<LocalPrograms>();
        foreach (var folder in folders.Where(f => Needed.All(program => File.Exists(Path.Combine(f, program)))))
        {
            var answer = await ShortProgram.RunAsync(Path.Combine(folder, "postgres"), ["--version"], TimeSpan.FromSeconds(5));
            if (VersionNumber().Match(answer.Output) is { Success: true } match)
            {
                found.Add(new LocalPrograms(folder, int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)));
            }
        }

        return found;
    }

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex VersionNumber();
}
