using System.ComponentModel;
using System.Globalization;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.Trainer.Worker.Runs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>Training runs: queue, list, look, cancel.</summary>
internal static class RunsApi
{
    private const int LargestBody = 64 * 1024;
    private const int LongestKey = 255;
    private const int MostRuns = 500;
    private const string RetryAfterSeconds = "30";

    public static void MapRuns(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/models/{model}/runs", QueueRunAsync)
            .WithName("QueueRun").WithSummary("Queue a training run").WithTags("Runs")
            .WithMetadata(new RequestSizeLimitAttribute(LargestBody))
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);
        var runs = routes.MapGroup("/runs").WithTags("Runs");
        runs.MapGet("/", ListRunsAsync).WithName("ListRuns").WithSummary("List training runs, the newest first");
        runs.MapGet("/{id:guid}", GetRunAsync).WithName("GetRun").WithSummary("Get a training run");
        runs.MapDelete("/{id:guid}", CancelRunAsync)
            .WithName("CancelRun").WithSummary("Cancel a training run")
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    /// <summary>
    /// Queues a run; the same <c>Idempotency-Key</c> again gives the same run. While a queued run of the model asks for the same,
    /// <c>duplicate</c> says what becomes of this one.
    /// </summary>
    private static async Task<Results<Accepted<RunView>, ProblemHttpResult>> QueueRunAsync(
        [Description("The model's name.")] string model,
        TrainingRequest body,
        [FromHeader(Name = "Idempotency-Key"), Description("Makes a repeated request the same run.")] string? idempotencyKey,
        [Description("While a queued run asks for the same: allow (queue another), merge (that run is the answer) or refuse (409). allow when absent.")] string? duplicate,
        TrainingRequestRules rules,
        RunQueue queue,
        IOptions<TrainerOptions> options,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        var policy = DuplicatePolicy.Allow;
        if (duplicate is not null && !EnumNames.TryParse(duplicate, out policy))
        {
            return Problems.BadRequest($"'duplicate' is one of allow, merge, refuse; found '{duplicate}'.");
        }

        if (idempotencyKey is { Length: 0 or > LongestKey })
        {
            return Problems.BadRequest($"The header Idempotency-Key has 1 to {LongestKey} characters; found {idempotencyKey.Length}.");
        }

        var (request, fault) = await rules.CheckAsync(model, body, cancellationToken);
        if (fault is not null)
        {
            return fault;
        }

        request = request! with
        {
            RequestedBy = context.CallerName() ?? "unknown",
            IdempotencyKey = idempotencyKey,
            TraceParent = System.Diagnostics.Activity.Current?.Id,
        };
        var intake = await queue.EnqueueAsync(request, policy, options.Value.MaxQueued, cancellationToken);
        return intake switch
        {
            { Outcome: IntakeOutcome.Known, Run: { } known } when !request.Matches(known) => Problems.Problem(
                StatusCodes.Status422UnprocessableEntity,
                "The idempotency key belongs to another request.",
                $"Idempotency-Key '{idempotencyKey}' queued run {known.Id}, which asks for something else; take a new key.",
                ("run", known.Id)),
            { Outcome: IntakeOutcome.Refused, Run: { } same } => Problems.Conflict(
                $"Run {same.Id} of model '{model}' is queued and asks for the same. Follow it (GET /runs/{same.Id}/events), or ask with duplicate=allow.",
                ("run", same.Id)),
            { Run: { } run } => TypedResults.Accepted($"/runs/{run.Id}", RunView.Of(run)),
            _ => QueueFull(context, options.Value.MaxQueued),
        };
    }

    private static ProblemHttpResult QueueFull(HttpContext context, int bound)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return Problems.Problem(
            StatusCodes.Status429TooManyRequests,
            "The queue is full.",
            $"{bound} runs wait already, the most that may (Trainer:MaxQueued). Try again in {RetryAfterSeconds} s, cancel runs that are not needed, or add workers.");
    }

    private static async Task<Results<Ok<RunList>, ProblemHttpResult>> ListRunsAsync(
        RunQueue queue,
        [Description("Only runs of this model.")] string? model,
        [Description("Only runs in this state: queued, running, succeeded, failed or cancelled.")] string? state,
        [Description("Only runs asked for by this caller.")] string? by,
        [Description("Only runs asked for at this time or later (ISO 8601).")] string? since,
        [Description("Only runs asked for before this time (ISO 8601).")] string? until,
        [Description("The next page: 'next' of the answer before.")] string? after,
        CancellationToken cancellationToken,
        [Description("At most so many, 1 to 500.")] int limit = 50)
    {
        var wanted = default(RunState);
        if (state is not null && !EnumNames.TryParse(state, out wanted))
        {
            return Problems.BadRequest($"'state' is one of {EnumNames.States}; found '{state}'.");
        }

        if (limit is < 1 or > MostRuns)
        {
            return Problems.BadRequest($"'limit' is a number from 1 to {MostRuns}; found {limit}.");
        }

        if (model is not null && !RegistryName.IsModel(model))
        {
            return Problems.BadRequest(RegistryName.ModelForm(model));
        }

        if (!TryTime(since, out var first) || !TryTime(until, out var last))
        {
            return Problems.BadRequest($"'since' and 'until' are times such as 2027-01-31T16:00:00Z; found '{(first is null && since is not null ? since : until)}'.");
        }

        var cursor = default(RunCursor);
        if (after is not null && !RunCursor.TryParse(after, out cursor))
        {
            return Problems.BadRequest($"'after' is the 'next' of an earlier answer; found '{after}'.");
        }

        var filter = new RunFilter
        {
            Model = model,
            State = state is null ? null : wanted,
            RequestedBy = by,
            Since = first,
            Until = last,
            After = after is null ? null : cursor,
        };
        // One more than asked for tells whether there is a next page.
        var runs = await queue.ListAsync(filter, limit + 1, cancellationToken);
        var next = runs.Count > limit ? new RunCursor(runs[limit - 1].RequestedAt, runs[limit - 1].Id).ToString() : null;
        return TypedResults.Ok(new RunList([.. runs.Take(limit).Select(RunView.Of)], next));
    }

    private static bool TryTime(string? text, out DateTimeOffset? time)
    {
        var parsed = DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var value);
        time = parsed ? value : null;
        return parsed || text is null;
    }

    private static async Task<Results<Ok<RunView>, ProblemHttpResult>> GetRunAsync(
        Guid id, RunQueue queue, CancellationToken cancellationToken) =>
        await queue.FindAsync(id, cancellationToken) is { } run ? TypedResults.Ok(RunView.Of(run)) : NoRun(id);

    /// <summary>Cancels a queued run at once (200), asks the worker of a running one to stop (202).</summary>
    private static async Task<Results<Ok<RunView>, Accepted<RunView>, ProblemHttpResult>> CancelRunAsync(
        Guid id, RunQueue queue, HttpContext context, CancellationToken cancellationToken)
    {
        if (await queue.CancelAsync(id, context.CallerName() ?? "unknown", cancellationToken) is { } run)
        {
            return run.State == RunState.Cancelled
                ? TypedResults.Ok(RunView.Of(run))
                : TypedResults.Accepted($"/runs/{id}", RunView.Of(run));
        }

        return await queue.FindAsync(id, cancellationToken) is { } ended
            ? Problems.Conflict(
                $"Run {id} has {EnumNames.Of(ended.State)} already; there is nothing to cancel.", ("state", ended.State))
            : NoRun(id);
    }

    internal static ProblemHttpResult NoRun(Guid id) => Problems.NotFound($"There is no run {id}.");

    /// <summary>A list of runs.</summary>
    /// <param name="Runs">The runs, the newest first.</param>
    /// <param name="Next">For <c>after</c>: there are more; null on the last page.</param>
    internal sealed record RunList(IReadOnlyList<RunView> Runs, string? Next);
}
