using System.ComponentModel;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Runs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>What the registry has: models and versions.</summary>
internal static class ModelsApi
{
    private const int MostVersions = 500;

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("/models").WithTags("Models");
        models.MapGet("/", ListModelsAsync).WithName("ListModels").WithSummary("List the models");
        models.MapGet("/{model}", GetModelAsync).WithName("GetModel").WithSummary("Get a model's versions and aliases");
        models.MapGet("/{model}/versions/{version:int}", GetVersionAsync)
            .WithName("GetVersion").WithSummary("Get a version's manifest");
    }

    private static async Task<Ok<ModelList>> ListModelsAsync(ModelRegistry registry, CancellationToken cancellationToken)
    {
        var models = new List<ModelSummary>();
        await foreach (var model in registry.ListModelsAsync(cancellationToken))
        {
            var versions = await VersionsAsync(registry, model, cancellationToken);
            var champion = await registry.ReadAliasAsync(model, AliasName.Champion, null, cancellationToken);
            if (versions.Count > 0)
            {
                models.Add(new ModelSummary(model, versions.Count, versions[^1], champion.Setting?.Version));
            }
        }

        return TypedResults.Ok(new ModelList(models));
    }

    private static async Task<Results<Ok<ModelView>, ProblemHttpResult>> GetModelAsync(
        string model,
        ModelRegistry registry,
        CancellationToken cancellationToken,
        [Description("At most so many versions, the newest first, 1 to 500.")] int limit = 50)
    {
        if (!RegistryName.IsModel(model))
        {
            return Problems.BadRequest(RegistryName.ModelForm(model));
        }

        if (limit is < 1 or > MostVersions)
        {
            return Problems.BadRequest($"'limit' is a number from 1 to {MostVersions}; found {limit}.");
        }

        var numbers = await VersionsAsync(registry, model, cancellationToken);
        if (numbers.Count == 0)
        {
            return await NoModelAsync(registry, model, cancellationToken);
        }

        var versions = new List<VersionSummary>();
        foreach (var number in numbers.AsEnumerable().Reverse().Take(limit))
        {
            if (await registry.FindManifestAsync(model, number, cancellationToken) is { } m)
            {
                versions.Add(new VersionSummary(number, m.Created, m.Algorithm, m.Metrics, m.RunId));
            }
        }

        var aliases = new Dictionary<string, AliasSetting>();
        await foreach (var alias in LiveVersions.AliasesAsync(registry.Store, model, cancellationToken))
        {
            if ((await registry.ReadAliasAsync(model, alias, null, cancellationToken)).Setting is { } setting)
            {
                aliases.Add(alias, setting);
            }
        }

        return TypedResults.Ok(new ModelView(model, numbers.Count, versions, aliases));
    }

    private static async Task<Results<Ok<Manifest>, ProblemHttpResult>> GetVersionAsync(
        string model, int version, ModelRegistry registry, CancellationToken cancellationToken)
    {
        if (!RegistryName.IsModel(model))
        {
            return Problems.BadRequest(RegistryName.ModelForm(model));
        }

        return await registry.FindManifestAsync(model, version, cancellationToken) is { } manifest
            ? TypedResults.Ok(manifest)
            : await NoVersionAsync(registry, model, version, cancellationToken);
    }

    /// <summary>The problem of a version that does not exist; names those that do.</summary>
    internal static async Task<ProblemHttpResult> NoVersionAsync(
        ModelRegistry registry, string model, int version, CancellationToken cancellationToken)
    {
        var versions = await VersionsAsync(registry, model, cancellationToken);
        return versions.Count == 0
            ? await NoModelAsync(registry, model, cancellationToken)
            : Problems.NotFound(
                $"Model '{model}' has no version {version}; it has {versions.Count}, the newest is {versions[^1]}.",
                ("newest", versions[^1]));
    }

    private static async Task<ProblemHttpResult> NoModelAsync(
        ModelRegistry registry, string model, CancellationToken cancellationToken)
    {
        var known = await registry.ListModelsAsync(cancellationToken).ToListAsync(cancellationToken);
        return Problems.NotFound(
            $"Model '{model}' has no version yet. Queue a run: POST /models/{model}/runs.", ("models", known));
    }

    private static ValueTask<List<int>> VersionsAsync(ModelRegistry registry, string model, CancellationToken cancellationToken) =>
        registry.ListVersionsAsync(model, cancellationToken).ToListAsync(cancellationToken);

    internal sealed record ModelList(IReadOnlyList<ModelSummary> Models);

    internal sealed record ModelSummary(string Name, int Versions, int Newest, int? Champion);

    internal sealed record ModelView(
        string Name, int VersionCount, IReadOnlyList<VersionSummary> Versions, IReadOnlyDictionary<string, AliasSetting> Aliases);

    internal sealed record VersionSummary(
        int Version, DateTimeOffset Created, string Algorithm, IReadOnlyDictionary<string, double> Metrics, Guid RunId);
}
