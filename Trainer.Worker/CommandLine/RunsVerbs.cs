using System.CommandLine;
using Spectre.Console;

namespace Analytics.Trainer.Worker.CommandLine;

/// <summary><c>runs</c>, <c>runs show</c>, <c>runs compare</c> and <c>cancel</c>.</summary>
internal static class RunsVerbs
{
    private static readonly Option<string> Model = new("--model") { Description = "Only runs of this model." };
    private static readonly Option<string> State = new("--state") { Description = "Only queued, running, succeeded, failed or cancelled ones." };
    private static readonly Option<string> By = new("--by") { Description = "Only runs asked for by this caller." };
    private static readonly Option<string> Since = new("--since") { Description = "Only runs asked for at this time or later (ISO 8601, UTC unless it says)." };
    private static readonly Option<string> Until = new("--until") { Description = "Only runs asked for before this time." };
    private static readonly Option<string> After = new("--after") { Description = "The next page: what the page before ended with." };
    private static readonly Option<int> Limit = new("--limit", "-n") { Description = "At most so many.", DefaultValueFactory = _ => 20 };
    private static readonly Argument<Guid> Id = new("run") { Description = "The run's id." };
    private static readonly Argument<Guid> A = new("a") { Description = "A run's id." };
    private static readonly Argument<Guid> B = new("b") { Description = "The other run's id." };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Show its progress until it ends." };

    public static Command Create(Verb verb)
    {
        var runs = verb.Create(
            "runs",
            "List training runs, the newest first.",
            [Model, State, By, Since, Until, After, Limit],
            async (parsed, client, terminal, cancellationToken) =>
            {
                (string Name, string? Value)[] query =
                [
                    ("model", parsed.GetValue(Model)), ("state", parsed.GetValue(State)), ("by", parsed.GetValue(By)),
                    ("since", parsed.GetValue(Since)), ("until", parsed.GetValue(Until)), ("after", parsed.GetValue(After)),
                    ("limit", parsed.GetValue(Limit).ToString(System.Globalization.CultureInfo.InvariantCulture)),
                ];
                var answer = await client.GetAsync(
                    "/runs?" + string.Join('&', query.Where(q => q.Value is not null).Select(q => $"{q.Name}={Uri.EscapeDataString(q.Value!)}")),
                    cancellationToken);
                terminal.Answer(answer, console => RunTables.WriteRuns(console, answer));
                return 0;
            });
        runs.Subcommands.Add(verb.Create(
            "show",
            "Show a run.",
            [Id, Follow],
            async (parsed, client, terminal, cancellationToken) =>
            {
                var run = await client.GetAsync($"/runs/{parsed.GetValue(Id)}", cancellationToken);
                if (parsed.GetValue(Follow))
                {
                    return await RunFollower.FollowAsync(client, terminal, run, cancellationToken);
                }

                terminal.Answer(run, console => RunTables.WriteRun(console, run));
                return 0;
            }));
        runs.Subcommands.Add(verb.Create(
            "compare",
            "Show in what two runs differ.",
            [A, B],
            async (parsed, client, terminal, cancellationToken) =>
            {
                var answer = await client.GetAsync($"/runs/comparison?a={parsed.GetValue(A)}&b={parsed.GetValue(B)}", cancellationToken);
                terminal.Answer(answer, console => RunTables.WriteComparison(console, answer));
                return 0;
            }));
        return runs;
    }

    public static Command CreateCancel(Verb verb) => verb.Create(
        "cancel",
        "Cancel a queued or running run.",
        [Id],
        async (parsed, client, terminal, cancellationToken) =>
        {
            var run = await client.SendAsync(HttpMethod.Delete, $"/runs/{parsed.GetValue(Id)}", null, cancellationToken);
            terminal.Answer(run, console => console.WriteLine(run.Text("state") == "cancelled"
                ? $"Run {run.Text("id")} is cancelled."
                : $"Run {run.Text("id")} is asked to stop; it does within 2 s, unless its version is committed already."));
            return 0;
        });
}
