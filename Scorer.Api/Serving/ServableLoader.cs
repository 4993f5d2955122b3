using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Serving.Compiled;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Makes a servable of a version: manifest, verified files, scorer, golden rows, warm-up. Throws, with a sentence for the
/// operator, when any of it is not as it must be; nothing is left behind then.
/// </summary>
internal sealed class ServableLoader(
    ModelRegistry registry, ModelCache cache, IOptions<ScorerOptions> options, ILogger<ServableLoader> logger)
{
    /// <summary>Rounds of the warm-up: the first calls of a session allocate and are slow.</summary>
    private const int WarmUpRounds = 20;

    /// <summary>Loads the version; with <paramref name="cached"/> its manifest is not asked from the store.</summary>
    public async Task<Servable> LoadAsync(string model, int version, CachedChampion? cached, CancellationToken cancellationToken)
    {
        var manifest = cached?.Manifest
            ?? await registry.FindManifestAsync(model, version, cancellationToken)
            ?? throw new InvalidDataException($"The alias names version {version}, and the store has no such version of '{model}'.");
        var file = manifest.File(FileRole.Model)!;
        if (file.Size > options.Value.MaxModelBytes)
        {
            throw new InvalidDataException(
                $"The model file has {file.Size} bytes; Scorer:MaxModelBytes allows {options.Value.MaxModelBytes}.");
        }

        var golden = manifest.File(FileRole.Golden) is { } goldenFile
            ? Parse(await cache.ReadAsync(model, goldenFile, cancellationToken))
            : null;
        if (golden is null)
        {
            ServingLog.NoGoldenRows(logger, model, version);
        }

        var graph = await cache.ReadAsync(model, file, cancellationToken);
        var scorer = OnnxScorer.Load(graph, manifest.Signature);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            Verify(manifest, scorer, golden);
            if (CompiledForestScorer.TryCompile(graph, manifest.Signature, golden, out var reason) is not { } compiled)
            {
                ServingLog.NotCompiled(logger, model, version, reason);
                return new Servable(manifest, scorer);
            }

            WarmUp(manifest, compiled, golden);
            scorer.Dispose();
            return new Servable(manifest, compiled);
        }
        catch
        {
            scorer.Dispose();
            throw;
        }
    }

    private static GoldenRows Parse(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, RegistryJson.Default.GoldenRows)
                ?? throw new InvalidDataException("The golden file holds null; expected rows and outputs.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The golden file is not valid: {e.Message}", e);
        }
    }

    private static void Verify(Manifest manifest, OnnxScorer scorer, GoldenRows? golden)
    {
        if (golden?.Verify(manifest.Signature, scorer) is { } fault)
        {
            throw new InvalidDataException(fault);
        }

        WarmUp(manifest, scorer, golden);
    }

    private static void WarmUp(Manifest manifest, IScorer scorer, GoldenRows? golden)
    {
        // A golden row where there is one: a foreign graph may refuse a row of nothing but missing values.
        var row = golden is { Rows.Count: > 0 }
            ? new GoldenRows([golden.Rows[0]], [golden.Outputs[0]]).ToBatch(manifest.Signature)
            : new RowBatch(manifest.Signature);
        if (row.Count == 0)
        {
            row.AddRow();
        }

        var output = new float[scorer.OutputWidth];
        for (var i = 0; i < WarmUpRounds; i++)
        {
            scorer.Score(row, output);
        }
    }
}
