using System.ComponentModel;
using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Runs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Analytics.Trainer.Worker.Operator;

/// <summary>Two runs beside each other: what was asked, what was used, and what came out.</summary>
internal static class RunComparisonApi
{
    public static void MapRunComparison(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/runs/comparison", CompareAsync)
            .WithName("CompareRuns").WithSummary("Compare two runs' parameters and metrics").WithTags("Runs");

    /// <summary>
    /// Parameters are those used, defaults included, where a version is there to tell them, else those asked for.
    /// </summary>
    private static async Task<Results<Ok<RunComparison>, ProblemHttpResult>> CompareAsync(
        [Description("A run's id.")] Guid a,
        [Description("The other run's id.")] Guid b,
        RunQueue queue,
        ModelRegistry registry,
        CancellationToken cancellationToken)
    {
        if (await queue.FindAsync(a, cancellationToken) is not { } first)
        {
            return RunsApi.NoRun(a);
        }

        if (await queue.FindAsync(b, cancellationToken) is not { } second)
        {
            return RunsApi.NoRun(b);
        }

        var (left, right) = (await ParametersAsync(first, registry, cancellationToken), await ParametersAsync(second, registry, cancellationToken));
        return TypedResults.Ok(new RunComparison(
            RunView.Of(first), RunView.Of(second), Settings(Asked(first), Asked(second)), Settings(left, right), Metrics(first, second)));
    }

    private static async Task<IReadOnlyDictionary<string, JsonElement>> ParametersAsync(
        TrainingRun run, ModelRegistry registry, CancellationToken cancellationToken) =>
        run.Result is { } result && await registry.FindManifestAsync(run.Model, result.Version, cancellationToken) is { } manifest
            ? manifest.Parameters
            : run.Parameters;

    private static Dictionary<string, JsonElement> Asked(TrainingRun run)
    {
        var asked = new Dictionary<string, object?>
        {
            ["model"] = run.Model,
            ["algorithm"] = run.Algorithm,
            ["dataset"] = run.Dataset,
            ["data"] = run.Result?.Data?.Sha256,
            ["trainRows"] = run.Result?.Data?.TrainRows,
            ["label"] = run.Label,
            ["include"] = run.Include,
            ["exclude"] = run.Exclude,
            ["promote"] = EnumNames.Of(run.Promote),
            ["target"] = run.Choices?.Target,
            ["metric"] = run.Choices?.Metric,
            ["budget"] = run.Choices?.Budget,
            ["timeLimit"] = run.Choices?.TimeLimit,
            ["tolerance"] = run.Choices?.Tolerance,
            ["recallFloor"] = run.Choices?.RecallFloor,
            ["split"] = run.Choices?.Split,
            ["schema"] = run.Choices?.Schema,
        };
        return asked.Where(s => s.Value is not null).ToDictionary(s => s.Key, s => JsonSerializer.SerializeToElement(s.Value));
    }

    private static List<SettingComparison> Settings(
        IReadOnlyDictionary<string, JsonElement> a, IReadOnlyDictionary<string, JsonElement> b) =>
        [.. a.Keys.Union(b.Keys).Select(name =>
        {
            JsonElement? left = a.TryGetValue(name, out var l) ? l : null, right = b.TryGetValue(name, out var r) ? r : null;
            var same = left is { } x && right is { } y && JsonElement.DeepEquals(x, y);
            return new SettingComparison(name, left, right, !same);
        })];

    private static List<MetricComparison> Metrics(TrainingRun a, TrainingRun b)
    {
        var (left, right) = (a.Result?.Metrics ?? new Dictionary<string, double>(), b.Result?.Metrics ?? new Dictionary<string, double>());
        return [.. left.Keys.Union(right.Keys).Order(StringComparer.Ordinal).Select(name =>
        {
            double? x = left.TryGetValue(name, out var l) ? l : null, y = right.TryGetValue(name, out var r) ? r : null;
            return new MetricComparison(name, x, y, y - x);
        })];
    }

    /// <summary>The comparison.</summary>
    internal sealed record RunComparison(
        RunView A,
        RunView B,
        IReadOnlyList<SettingComparison> Settings,
        IReadOnlyList<SettingComparison> Parameters,
        IReadOnlyList<MetricComparison> Metrics);

    /// <summary>A setting of both; null where a run has none.</summary>
    internal sealed record SettingComparison(string Name, JsonElement? A, JsonElement? B, bool Differs);

    /// <summary>A metric of both; the difference is B's minus A's.</summary>
    internal sealed record MetricComparison(string Name, double? A, double? B, double? Difference);
}
