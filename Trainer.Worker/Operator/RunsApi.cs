using System.ComponentModel;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.Trainer.Worker.Runs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>Training runs: queue, list, look, cancel.</summary>
internal static class RunsApi
{
    private const int LargestBody = 64 * 1024;
    private const int LongestKey = 255;
    private const int MostRuns = 500;

    public static void MapRuns(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/models/{model}/runs", QueueRunAsync)
            .WithName("QueueRun").WithSummary("Queue a training run").WithTags("Runs")
            .WithMetadata(new RequestSizeLimitAttribute(LargestBody))
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        var runs = routes.MapGroup("/runs").WithTags("Runs");
        runs.MapGet("/", ListRunsAsync).WithName("ListRuns").WithSummary("List training runs, the newest first");
        runs.MapGet("/{id:guid}", GetRunAsync).WithName("GetRun").WithSummary("Get a training run");
        runs.MapDelete("/{id:guid}", CancelRunAsync)
            .WithName("CancelRun").WithSummary("Cancel a training run")
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    /// <summary>Queues a run; the same <c>Idempotency-Key</c> again gives the same run.</summary>
    private static async Task<Results<Accepted<RunView>, ProblemHttpResult>> QueueRunAsync(
        [Description("The model's name.")] string model,
        TrainingRequest body,
        [FromHeader(Name = "Idempotency-Key"), Description("Makes a repeated request the same run.")] string? idempotencyKey,
        TrainingRequestRules rules,
        RunQueue queue,
        HttpContext context,
        CancellationToken cancellationToken)
    {
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
        var (run, created) = await queue.EnqueueAsync(request, cancellationToken);
        return created || request.Matches(run)
            ? TypedResults.Accepted($"/runs/{run.Id}", RunView.Of(run))
            : Problems.Problem(
                StatusCodes.Status422UnprocessableEntity,
                "The idempotency key belongs to another request.",
                $"Idempotency-Key '{idempotencyKey}' queued run {run.Id}, which asks for something else; take a new key.",
                ("run", run.Id));
    }

    private static async Task<Results<Ok<RunList>, ProblemHttpResult>> ListRunsAsync(
        RunQueue queue,
        [Description("Only runs of this model.")] string? model,
        [Description("Only runs in this state: queued, running, succeeded, failed or cancelled.")] string? state,
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

        var runs = await queue.ListAsync(model, state is null ? null : wanted, limit, cancellationToken);
        return TypedResults.Ok(new RunList([.. runs.Select(RunView.Of)]));
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
    internal sealed record RunList(IReadOnlyList<RunView> Runs);
}
