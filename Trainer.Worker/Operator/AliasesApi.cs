using Analytics.Registry.Models;
using Analytics.ServiceDefaults.ApiKeys;
using Analytics.Trainer.Worker.Runs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>Aliases: promote and roll back, and who did it when and why.</summary>
internal static class AliasesApi
{
    private const int LargestBody = 16 * 1024;
    private const int LongestReason = 1000;

    public static void MapAliases(this IEndpointRouteBuilder routes)
    {
        var alias = routes.MapGroup("/models/{model}/aliases/{alias}").WithTags("Models");
        alias.MapGet("/", GetAliasAsync).WithName("GetAlias").WithSummary("Get an alias and its past settings");
        alias.MapPut("/", SetAliasAsync)
            .WithName("SetAlias").WithSummary("Promote or roll back: set an alias to a version")
            .WithMetadata(new RequestSizeLimitAttribute(LargestBody))
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed);
    }

    private static async Task<Results<Ok<AliasView>, ProblemHttpResult>> GetAliasAsync(
        string model, string alias, ModelRegistry registry, HttpResponse response, CancellationToken cancellationToken)
    {
        if (FindNameFault(model, alias) is { } fault)
        {
            return fault;
        }

        var read = await registry.ReadAliasAsync(model, alias, null, cancellationToken);
        if (read.Setting is not { } setting)
        {
            return Problems.NotFound($"Alias '{alias}' of model '{model}' was never set.");
        }

        var history = await registry.ListAliasHistoryAsync(model, alias, cancellationToken);
        response.Headers.ETag = Quoted(read.ETag!);
        return TypedResults.Ok(new AliasView(setting, history));
    }

    /// <summary>
    /// Sets the alias. With <c>If-Match</c> (the ETag of an earlier answer) only when it still is as it was then.
    /// </summary>
    private static async Task<Results<Ok<AliasSetting>, ProblemHttpResult>> SetAliasAsync(
        string model,
        string alias,
        AliasRequest body,
        [FromHeader(Name = "If-Match")] string? ifMatch,
        ModelRegistry registry,
        RunQueue queue,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        if ((FindNameFault(model, alias) ?? FindBodyFault(alias, body)) is { } fault)
        {
            return fault;
        }

        var version = body.Version!.Value;
        if (await registry.FindManifestAsync(model, version, cancellationToken) is null)
        {
            return await NoVersionAsync(registry, queue, model, version, cancellationToken);
        }

        var by = context.CallerName() ?? "unknown";
        var read = await registry.ReadAliasAsync(model, alias, null, cancellationToken);
        if (ifMatch is not null && (read.ETag is null || (ifMatch != "*" && ifMatch != Quoted(read.ETag))))
        {
            return Problems.Problem(
                StatusCodes.Status412PreconditionFailed,
                "The alias is another one than you decided on.",
                $"Alias '{alias}' of model '{model}' is another one than you decided on: {Told(read.Setting)}. You wanted version {version}. Decide again.",
                ("current", read.Setting),
                ("wanted", new Wish(version, by, body.Reason!.Trim())));
        }

        var change = await registry.SetAliasAsync(
            model, alias, new AliasOrder(version, by, body.Reason!.Trim(), body.Share), read, cancellationToken);
        if (!change.Changed)
        {
            return Problems.Conflict(
                $"Alias '{alias}' of model '{model}' was set at the same time by somebody else: {Told(change.Setting)}. You wanted version {version}. Decide again.",
                ("current", change.Setting),
                ("wanted", new Wish(version, by, body.Reason!.Trim())),
                ("before", read.Setting));
        }

        return TypedResults.Ok(change.Setting!);
    }

    // A number without a version may be a run's that did not end well; its sentence is what the operator wants to know.
    private static async Task<ProblemHttpResult> NoVersionAsync(
        ModelRegistry registry, RunQueue queue, string model, int version, CancellationToken cancellationToken)
    {
        var run = await queue.FindByVersionAsync(model, version, cancellationToken);
        return run is null
            ? await ModelsApi.NoVersionAsync(registry, model, version, cancellationToken)
            : Problems.NotFound(
                $"Model '{model}' has no version {version}: run {run.Id}, which has the number, is {EnumNames.Of(run.State)}{(run.Error is null ? "" : $" ({run.Error})")}.",
                ("run", run.Id));
    }

    private static string Told(AliasSetting? setting) => setting is null
        ? "it is not set"
        : $"version {setting.Version}, set by {setting.SetBy} at {setting.SetAt:u} ({setting.Reason})";

    private static ProblemHttpResult? FindNameFault(string model, string alias) =>
        !RegistryName.IsModel(model) ? Problems.BadRequest(RegistryName.ModelForm(model))
        : !RegistryName.IsModel(alias) ? Problems.BadRequest(
            $"An alias has 1 to {RegistryName.MaxLength} lower-case letters, digits or '-'; found '{alias}'.")
        : null;

    private static ProblemHttpResult? FindBodyFault(string alias, AliasRequest body)
    {
        if (body.Unknown is { Count: > 0 })
        {
            return Problems.BadRequest($"Unknown member '{body.Unknown.Keys.First()}'; expected version, reason and, for a challenger, share.");
        }

        if (body.Version is not > 0)
        {
            return Problems.BadRequest(
                body.Version is null ? "'version' is missing; expected a version's number." : $"'version' starts at 1; found {body.Version}.");
        }

        if (AliasSetting.FindShareFault(alias, body.Share) is { } share)
        {
            return Problems.BadRequest($"'share': {share}");
        }

        return body.Reason?.Trim() is { Length: >= 1 and <= LongestReason }
            ? null
            : Problems.BadRequest(
                $"'reason' is needed, 1 to {LongestReason} characters: it is what the next operator reads.");
    }

    // The store's tag may come without the quotes that HTTP wants.
    private static string Quoted(string etag) => etag.EndsWith('"') ? etag : $"\"{etag}\"";

    internal sealed record AliasRequest
    {
        public int? Version { get; init; }

        public string? Reason { get; init; }

        /// <summary>Of a challenger: the per cent of the routing keys that it answers.</summary>
        public double? Share { get; init; }

        [System.Text.Json.Serialization.JsonExtensionData]
        public Dictionary<string, System.Text.Json.JsonElement>? Unknown { get; init; }
    }

    /// <summary>The setting that was not made.</summary>
    internal sealed record Wish(int Version, string SetBy, string Reason);

    internal sealed record AliasView(AliasSetting Current, IReadOnlyList<AliasSetting> History);
}
