using Analytics.Testing;

namespace Analytics.Deployment.Tests.Stages;

/// <summary>The commands of the AWS command line that are used here, with every option that each has (<c>aws-commands.txt</c>).</summary>
internal sealed class AwsCommands
{
    private readonly Dictionary<string, HashSet<string>> _options;

    private AwsCommands(Dictionary<string, HashSet<string>> options) => _options = options;

    /// <summary>Reads the list.</summary>
    public static AwsCommands Read() => new(
        File.ReadLines(Path.Combine(RepositoryFiles.Root, "tests", "Deployment.Tests", "Stages", "aws-commands.txt")).Where(l => !l.StartsWith('#'))
            .Select(l => l.Split(':', 2)).ToDictionary(p => p[0], p => p[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet()));

    /// <summary>What the command line would say against a command, beginning with <c>aws</c>; null when nothing.</summary>
    public string? Complaint(IReadOnlyList<string> words) =>
        words.Count < 3 || !_options.TryGetValue($"{words[1]} {words[2]}", out var options) ? $"{string.Join(' ', words.Take(3))} is no command of aws-commands.txt."
            : words.Skip(3).Where(w => w.StartsWith("--", StringComparison.Ordinal)).FirstOrDefault(w => !options.Contains(w) && !_options["*"].Contains(w)) is { } option
            ? $"{string.Join(' ', words.Take(3))} has no option {option}."
            : null;
}
