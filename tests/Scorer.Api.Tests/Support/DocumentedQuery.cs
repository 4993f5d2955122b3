using Analytics.Testing;

namespace Analytics.Scorer.Api.Tests.Support;

/// <summary>Queries as a page of the documentation has them.</summary>
internal static class DocumentedQuery
{
    /// <summary>The statement, up to its semicolon, that begins with that comment.</summary>
    public static string Read(string page, string comment)
    {
        var text = File.ReadAllText(Path.Combine(RepositoryFiles.Root, page));
        var start = text.IndexOf(comment, StringComparison.Ordinal);
        Assert.True(start >= 0, $"{page} has no query that begins with '{comment}'.");
        return text[start..(text.IndexOf(";\n", start, StringComparison.Ordinal) + 1)];
    }
}
