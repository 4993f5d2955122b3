using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Analytics.Trainer.Worker.Runs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>The live progress of a run as server-sent events.</summary>
internal static class RunEventsApi
{
    private const string EventType = "run";

    public static void MapRunEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/runs/{id:guid}/events", GetRunEventsAsync)
            .WithName("GetRunEvents").WithSummary("Follow a training run (server-sent events)").WithTags("Runs");

    /// <summary>One event now, one on each change of state, stage or progress; the stream ends after the final one.</summary>
    private static async Task<Results<ServerSentEventsResult<RunView>, ProblemHttpResult>> GetRunEventsAsync(
        Guid id,
        RunQueue queue,
        IOptions<TrainerOptions> options,
        TimeProvider time,
        IHostApplicationLifetime lifetime,
        CancellationToken cancellationToken)
    {
        if (await queue.FindAsync(id, cancellationToken) is not { } run)
        {
            return RunsApi.NoRun(id);
        }

        // A stop of the service must not wait for those who watch.
        var events = FollowAsync(RunView.Of(run), queue, options.Value.Poll, time, lifetime.ApplicationStopping, cancellationToken);
        return TypedResults.ServerSentEvents(events);
    }

    private static async IAsyncEnumerable<SseItem<RunView>> FollowAsync(
        RunView run, RunQueue queue, TimeSpan poll, TimeProvider time, CancellationToken stopping,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        yield return new SseItem<RunView>(run, EventType);
        while (!run.Ended)
        {
            await Task.Delay(poll, time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (end.IsCancellationRequested)
            {
                yield break;
            }

            if (await TryFindAsync(run.Id, queue, end.Token) is { } now && Changed(run, now))
            {
                run = now;
                yield return new SseItem<RunView>(run, EventType);
            }
        }
    }

    private static bool Changed(RunView before, RunView now) =>
        (before.State, before.Stage, before.Progress, before.Attempt, before.CancelRequestedAt)
        != (now.State, now.Stage, now.Progress, now.Attempt, now.CancelRequestedAt);

    private static async Task<RunView?> TryFindAsync(Guid id, RunQueue queue, CancellationToken cancellationToken)
    {
        try
        {
            return await queue.FindAsync(id, cancellationToken) is { } run ? RunView.Of(run) : null;
        }
        catch (Exception e) when (Outage.IsTransient(e) || cancellationToken.IsCancellationRequested)
        {
            // The stream outlives an outage of the database; the next look tells.
            return null;
        }
    }
}
