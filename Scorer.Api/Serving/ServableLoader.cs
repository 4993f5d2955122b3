using System.Buffers;
using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Serving.Compiled;
using Microsoft.Extensions.Options;

namespace Analytics.Scorer.Api.Serving;

/// <summary>
/// Makes a servable of a version, in two steps: what waits for the store (manifest, files into the cache) and what takes the
/// processor (verify, load, golden rows, warm-up). Throws, with a sentence for the operator, when any of it is not as it must
/// be; nothing is left behind then.
/// </summary>
internal sealed class ServableLoader(
    ModelRegistry registry, ModelCache cache, ServingCatalog catalog, IOptions<ScorerOptions> options, ILogger<ServableLoader> logger)
{
    /// <summary>Rounds of the warm-up: the first calls of a session allocate and are slow.</summary>
    private const int WarmUpRounds = 20;

    /// <summary>Between two parts of 128 KB: a transfer has some 60 MB a second at most, and 256 MB take 4 s.</summary>
    private static readonly TimeSpan TransferPause = TimeSpan.FromMilliseconds(1);

    /// <summary>Golden rows are some dozens; a file beyond this is none, and is not read into memory to learn that.</summary>
    private const long MaxGoldenBytes = 16 * 1024 * 1024;

    /// <summary>Fetches what the version needs; with <paramref name="cached"/> its manifest is not asked from the store.</summary>
    public async Task<Manifest> FetchAsync(string model, int version, CachedChampion? cached, CancellationToken cancellationToken)
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

        // A transfer at full speed would take a share of the processor as large as the requests'.
        var pause = catalog.Current.Answers ? TransferPause : TimeSpan.Zero;
        if (manifest.File(FileRole.Golden) is { } golden)
        {
            if (golden.Size > MaxGoldenBytes)
            {
                throw new InvalidDataException($"The golden file has {golden.Size} bytes; at most {MaxGoldenBytes} are read.");
            }

            await cache.EnsureAsync(model, golden, pause, cancellationToken);
        }
        else
        {
            ServingLog.NoGoldenRows(logger, model, version);
        }

        await cache.EnsureAsync(model, file, pause, cancellationToken);
        return manifest;
    }

    /// <summary>Loads what was fetched; null when the cache does not have it as it was, and it must be fetched again.</summary>
    public Servable? Load(Manifest manifest, CancellationToken cancellationToken)
    {
        GoldenRows? golden = null;
        if (manifest.File(FileRole.Golden) is { } goldenFile)
        {
            var content = new byte[goldenFile.Size];
            if (!cache.TryRead(goldenFile, content))
            {
                return null;
            }

            golden = Parse(content);
        }

        // Rented: a new large array for each load would bring on full collections under requests.
        var file = manifest.File(FileRole.Model)!;
        var rented = ArrayPool<byte>.Shared.Rent((int)file.Size);
        try
        {
            var graph = rented.AsSpan(0, (int)file.Size);
            return cache.TryRead(file, graph) ? new Servable(manifest, MakeScorer(manifest, graph, golden, cancellationToken)) : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // A forest is compiled without a session: that would take longer than all the rest, and the golden rows prove the answers.
    // Whatever is wrong with a graph, ONNX Runtime has the last word.
    private IScorer MakeScorer(Manifest manifest, ReadOnlySpan<byte> graph, GoldenRows? golden, CancellationToken cancellationToken)
    {
        if (CompiledForestScorer.TryCompile(graph, manifest.Signature, golden, out var reason) is { } compiled)
        {
            WarmUp(manifest, compiled, golden);
            return compiled;
        }

        cancellationToken.ThrowIfCancellationRequested();
        var scorer = PartsScorer.Load(graph.ToArray(), manifest.Signature);
        try
        {
            if (golden?.Verify(manifest.Signature, scorer) is { } fault)
            {
                throw new InvalidDataException(fault);
            }

            WarmUp(manifest, scorer, golden);
            ServingLog.NotCompiled(logger, manifest.Model, manifest.Version, reason);
            return scorer;
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
            LoadThread.Breathe();
        }
    }
}
