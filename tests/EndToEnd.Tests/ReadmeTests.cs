using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Analytics.Testing;

namespace Analytics.EndToEnd.Tests;

/// <summary>What the README says is run: every <c>curl</c> in it, in order, and the form of the answers it shows.</summary>
public sealed partial class ReadmeTests(AppHostFixture fixture)
{
    [Fact]
    public async Task Readme_EveryCurl_AnswersAsShown()
    {
        var app = await fixture.AppAsync();
        var readme = await File.ReadAllTextAsync(Path.Combine(RepositoryFiles.Root, "README.md"), TestContext.Current.CancellationToken);
        var calls = 0;
        foreach (Match call in Calls().Matches(readme))
        {
            var command = call.Groups["command"].Value
                .Replace("http://localhost:5000", app.Scorer.BaseAddress!.ToString().TrimEnd('/'), StringComparison.Ordinal)
                .Replace("http://localhost:5001", app.Trainer.BaseAddress!.ToString().TrimEnd('/'), StringComparison.Ordinal);

            var (status, answer) = await RunAsync(command);

            var shown = call.Groups["answer"] is { Success: true } group ? JsonDocument.Parse(group.Value).RootElement : (JsonElement?)null;
            var expectedStatus = shown?.TryGetProperty("status", out var s) == true ? s.GetInt32() : 200;
            Assert.True(status == expectedStatus || (expectedStatus == 200 && status is 201 or 202), $"{command}\n{status} {answer}");
            if (shown is { } example)
            {
                Assert.Equal(Form(example), Form(JsonDocument.Parse(answer).RootElement));
            }

            calls++;
        }

        Assert.InRange(calls, 8, 50);
    }

    private static async Task<(int Status, string Answer)> RunAsync(string command)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", $"{command} -w '\\n%{{http_code}}'"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = RepositoryFiles.Root,
        })!;
        var output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
        var end = output.LastIndexOf('\n');
        return (int.Parse(output.AsSpan(end + 1), CultureInfo.InvariantCulture), output[..end]);
    }

    // Names and kinds, with the values of words: numbers, ids and versions change from run to run.
    private static string Form(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(", ", element.EnumerateObject().Select(p => $"{p.Name}: {(p.Name is "label" or "detail" ? p.Value.ToString() : Form(p.Value))}"))}}}",
        JsonValueKind.Array => $"[{string.Join(", ", element.EnumerateArray().Select(Form))}]",
        var kind => kind.ToString(),
    };

    [GeneratedRegex(@"```bash\n(?<command>curl[\s\S]*?)\n```(\n\n```json\n(?<answer>[\s\S]*?)\n```)?")]
    private static partial Regex Calls();
}
