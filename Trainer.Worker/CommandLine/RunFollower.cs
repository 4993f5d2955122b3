using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Analytics.Trainer.Worker.CommandLine;

/// <summary>Shows a run's progress until it ends: a bar where one can move, else a line for each stage.</summary>
internal static class RunFollower
{
    // A trainer that is started anew is back by then.
    private const int MostTries = 30;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    /// <summary>Follows; 0 when the run succeeds, 1 when it does not, 130 when the caller has seen enough.</summary>
    public static async Task<int> FollowAsync(OperatorClient client, Terminal terminal, JsonElement run, CancellationToken cancellationToken)
    {
        var id = run.Member("id")!.Value.GetGuid();
        try
        {
            run = terminal.IsLive
                ? await WithBarAsync(client, terminal, id, cancellationToken)
                : await WithLinesAsync(client, terminal, id, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            terminal.Say($"Run {id} goes on. Follow it again: runs show {id} --follow; stop it: cancel {id}");
            return Verb.Interrupted;
        }

        terminal.Answer(run, console => RunTables.WriteRun(console, run));
        return run.Text("state") == "succeeded" ? 0 : Verb.Failed;
    }

    private static Task<JsonElement> WithBarAsync(OperatorClient client, Terminal terminal, Guid id, CancellationToken cancellationToken) =>
        terminal.Console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask("queued", maxValue: 1);
                return await ReadAsync(
                    client,
                    id,
                    run =>
                    {
                        task.Value = run.Number("progress") ?? 0;
                        task.Description = Markup.Escape(Describe(run).PadRight(46));
                    },
                    cancellationToken);
            });

    private static async Task<JsonElement> WithLinesAsync(OperatorClient client, Terminal terminal, Guid id, CancellationToken cancellationToken)
    {
        var said = "";
        return await ReadAsync(
            client,
            id,
            run =>
            {
                var stage = $"{run.Text("state")} {run.Text("attempt")} {run.Text("stage")}";
                if (stage != said)
                {
                    said = stage;
                    terminal.Say($"{run.Number("progress") * 100:0} % {Describe(run)}");
                }
            },
            cancellationToken);
    }

    // The stream may end before the run does: the trainer that sent it stops, and another goes on.
    private static async Task<JsonElement> ReadAsync(
        OperatorClient client, Guid id, Action<JsonElement> show, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await foreach (var run in client.EventsAsync(id, cancellationToken))
                {
                    tries = 0;
                    show(run);
                    if (run.Text("state") is "succeeded" or "failed" or "cancelled")
                    {
                        return run;
                    }
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException or CommandFailedException { HasAnswer: false })
            {
                if (tries >= MostTries)
                {
                    throw new CommandFailedException($"The trainer does not answer any more ({e.Message}). Run {id} is in its queue: runs show {id}");
                }
            }

            await Task.Delay(BetweenTries, cancellationToken);
        }
    }

    private static string Describe(JsonElement run)
    {
        if (run.Text("state") != "running")
        {
            return run.Text("state") ?? "";
        }

        var parts = new List<string> { run.Text("stage") ?? "starting" };
        if (run.Number("rowsPerSecond") is { } pace)
        {
            parts.Add($"{pace.ToString("N0", CultureInfo.InvariantCulture)} rows/s");
        }

        if (run.Number("remainingSeconds") is { } left)
        {
            parts.Add($"{Math.Ceiling(left).ToString("0", CultureInfo.InvariantCulture)} s left");
        }

        if (run.Number("attempt") > 1)
        {
            parts.Add($"attempt {run.Text("attempt")}");
        }

        return string.Join(", ", parts);
    }
}
