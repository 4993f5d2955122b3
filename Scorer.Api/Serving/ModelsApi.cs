using System.Text.Json.Serialization;
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
            .WithName("ListModels").WithSummary("The models this scorer knows, and the version that each serves.");
        group.MapGet("/models/{model}", GetModel)
            .WithName("GetModel").WithSummary("One model: the version served, its signature, and what became of the latest versions.");
        return group;
    }

    private static Ok<ModelList> ListModels(ServingCatalog catalog, IOptions<ScorerOptions> options) =>
        TypedResults.Ok(new ModelList(
            [.. catalog.Current.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal).Select(m => Describe(m, options.Value))]));

    private static Results<Ok<ModelDetail>, ScoringProblem> GetModel(
        string model, ServingCatalog catalog, IOptions<ScorerOptions> options)
    {
        var snapshot = catalog.Current;
        return snapshot.Find(model) is { } found
            ? TypedResults.Ok(new ModelDetail(Describe(found, options.Value), found.Champion?.Signature))
            : ScoringProblem.UnknownModel(model, snapshot);
    }

    private static ModelSummary Describe(ServedModel model, ScorerOptions options) => new(
        model.Name,
        model.Name == options.DefaultModel,
        model.Champion?.Version,
        model.Wanted,
        model.Problem,
        model.Versions);
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
public sealed record ModelSummary(
    string Name, bool Default, int? Version, int? Wanted, string? Problem, IReadOnlyList<VersionStatus> Versions);

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
