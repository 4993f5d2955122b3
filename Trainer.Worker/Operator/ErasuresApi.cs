using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Analytics.Registry.Database;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.Trainer.Worker.History;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>Erasures: what a client left in the history goes, by order and on record.</summary>
internal static class ErasuresApi
{
    private const int LargestBody = 16 * 1024;
    private const int LongestReason = 1000;
    private const int LongestClient = 63;
    private const int MostErasures = 500;

    public static void MapErasures(this IEndpointRouteBuilder routes)
    {
        var erasures = routes.MapGroup("/erasures").WithTags("History");
        erasures.MapPost("/", OrderErasureAsync)
            .WithName("OrderErasure").WithSummary("Erase a client's requests, their predictions and feedback")
            .WithMetadata(new RequestSizeLimitAttribute(LargestBody));
        erasures.MapGet("/", ListErasuresAsync).WithName("ListErasures").WithSummary("List erasures, the newest first");
        erasures.MapGet("/{id:guid}", GetErasureAsync).WithName("GetErasure").WithSummary("Get an erasure and what it has removed");
    }

    /// <summary>
    /// Orders the erasure of every record of the client up to now (202); it is carried out at once in the background, and again
    /// for records that arrive late.
    /// </summary>
    private static async Task<Results<Accepted<ErasureView>, ProblemHttpResult>> OrderErasureAsync(
        ErasureRequest body, ErasureWork work, HistoryMaintenance maintenance, HttpContext context, CancellationToken cancellationToken)
    {
        if (FindFault(body) is { } fault)
        {
            return fault;
        }

        var erasure = await work.OrderAsync(body.Client!, body.Reason!.Trim(), context.CallerName() ?? "unknown", cancellationToken);
        maintenance.Wake();
        return TypedResults.Accepted($"/erasures/{erasure.Id}", ErasureView.Of(erasure));
    }

    private static async Task<Results<Ok<ErasureList>, ProblemHttpResult>> ListErasuresAsync(
        ErasureWork work, CancellationToken cancellationToken, [Description("At most so many, 1 to 500.")] int limit = 50) =>
        limit is < 1 or > MostErasures
            ? Problems.BadRequest($"'limit' is a number from 1 to {MostErasures}; found {limit}.")
            : TypedResults.Ok(new ErasureList([.. (await work.ListAsync(limit, cancellationToken)).Select(ErasureView.Of)]));

    private static async Task<Results<Ok<ErasureView>, ProblemHttpResult>> GetErasureAsync(
        Guid id, ErasureWork work, CancellationToken cancellationToken) =>
        await work.FindAsync(id, cancellationToken) is { } erasure
            ? TypedResults.Ok(ErasureView.Of(erasure))
            : Problems.NotFound($"There is no erasure {id}.");

    private static ProblemHttpResult? FindFault(ErasureRequest body)
    {
        if (body.Unknown is { Count: > 0 })
        {
            return Problems.BadRequest($"Unknown member '{body.Unknown.Keys.First()}'; expected client and reason.");
        }

        if (body.Client is not { Length: >= 1 and <= LongestClient } client || client.Contains('\0', StringComparison.Ordinal))
        {
            return Problems.BadRequest(
                $"'client' is the name of an API key as the history has it, 1 to {LongestClient} characters; found "
                + (body.Client is null ? "none." : $"{body.Client.Length}."));
        }

        return body.Reason?.Trim() is { Length: >= 1 and <= LongestReason } reason && !reason.Contains('\0', StringComparison.Ordinal)
            ? null
            : Problems.BadRequest($"'reason' is needed, 1 to {LongestReason} characters: it is what the next operator reads.");
    }

    internal sealed record ErasureRequest
    {
        [Description("The client, as requests.client has it: the name of an API key.")]
        public string? Client { get; init; }

        [Description("Why; kept with the erasure.")]
        public string? Reason { get; init; }

        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Unknown { get; init; }
    }

    internal sealed record ErasureList(IReadOnlyList<ErasureView> Erasures);

    /// <summary>An erasure as the API shows it.</summary>
    internal sealed record ErasureView(
        Guid Id, string Client, string Reason, string RequestedBy, DateTimeOffset RequestedAt, string State,
        DateTimeOffset? CompletedAt, DateTimeOffset? AppliedAt, long Requests, long Predictions, long Feedback)
    {
        public static ErasureView Of(Erasure e) => new(
            e.Id, e.Client, e.Reason, e.RequestedBy, e.RequestedAt, e.CompletedAt is null ? "open" : "completed",
            e.CompletedAt, e.AppliedAt, e.Requests, e.Predictions, e.Feedback);
    }
}
