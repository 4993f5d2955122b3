using System.Text.Json.Serialization;
using Analytics.Scorer.Api.Challengers;
using Analytics.Scorer.Api.Predictions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Serving;

/// <summary>What is served, and what became of each version.</summary>
internal static class ModelsApi
{
    public static RouteGroupBuilder MapModels(this RouteGroupBuilder group)
    {
        group.MapGet("/models", ListModels)
            .WithName("ListModels").WithSummary("The models this scorer knows, and the version that each serves.").WithTags("Models")
            .ProducesProblem(StatusCodes.Status401Unauthorized);
        group.MapGet("/models/{model}", GetModel)
            .WithName("GetModel").WithSummary("One model: the version served, its signature, and what became of the latest versions.").WithTags("Models")
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status404NotFound);
        return group;
    }

    private static Ok<ModelList> ListModels(ServingCatalog catalog, ChallengerRoster challengers, IOptions<ScorerOptions> options) =>
        TypedResults.Ok(new ModelList(
            [.. catalog.Current.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal).Select(m => Describe(m, challengers, options.Value))]));

    private static Results<Ok<ModelDetail>, ScoringProblem> GetModel(
        string model, ServingCatalog catalog, ChallengerRoster challengers, IOptions<ScorerOptions> options)
    {
        var snapshot = catalog.Current;
        return snapshot.Find(model) is { } found
            ? TypedResults.Ok(new ModelDetail(Describe(found, challengers, options.Value), found.Champion?.Signature))
            : ScoringProblem.UnknownModel(model, snapshot);
    }

    private static ModelSummary Describe(ServedModel model, ChallengerRoster challengers, ScorerOptions options) => new(
        model.Name,
        model.Name == options.DefaultModel,
        model.Champion?.Version,
        model.Wanted,
        model.Problem,
        model.Versions,
        Describe(model, challengers));

    private static ChallengerSummary? Describe(ServedModel model, ChallengerRoster challengers) =>
        challengers.Versions.Find(model.Name) is { } found && (found.Setting is not null || found.Problem is not null)
            ? new ChallengerSummary(
                found.Champion?.Version,
                found.Wanted,
                found.Setting?.Share ?? 0,
                found.Problem ?? challengers.Find(model.Name)?.FindProblem(model.Champion),
                found.Versions)
            : null;
}

/// <summary>The models.</summary>
/// <param name="Models">By name.</param>
public sealed record ModelList(IReadOnlyList<ModelSummary> Models);

/// <summary>A model in this scorer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Default">True when <c>POST /predict</c> asks it.</param>
/// <param name="Version">The version that answers; null until one is loaded.</param>
/// <param name="Wanted">The version that the champion alias names.</param>
/// <param name="Problem">Why the wanted version is not served, or why the store cannot be asked.</param>
/// <param name="Versions">What became of the latest versions, the newest first.</param>
/// <param name="Challenger">The version that is tried beside it; null where none is set.</param>
public sealed record ModelSummary(
    string Name, bool Default, int? Version, int? Wanted, string? Problem, IReadOnlyList<VersionStatus> Versions, ChallengerSummary? Challenger);

/// <summary>A model's challenger in this scorer.</summary>
/// <param name="Version">The version that is loaded; null while none is, and where the champion is the same version.</param>
/// <param name="Wanted">The version that the challenger alias names.</param>
/// <param name="Share">The per cent of the routing keys that it shall answer.</param>
/// <param name="Problem">Why it is not loaded, was given up, or answers nobody.</param>
/// <param name="Versions">What became of the latest versions, the newest first.</param>
public sealed record ChallengerSummary(int? Version, int? Wanted, double Share, string? Problem, IReadOnlyList<VersionStatus> Versions);

/// <summary>A model with its signature.</summary>
/// <param name="Model">The model.</param>
/// <param name="Signature">What the served version takes and gives.</param>
public sealed record ModelDetail(ModelSummary Model, Registry.Models.Signature? Signature);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelDetail))]
[JsonSerializable(typeof(CachedChampion))]
internal sealed partial class ServingJson : JsonSerializerContext;
