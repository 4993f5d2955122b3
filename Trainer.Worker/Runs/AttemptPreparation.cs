using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>Puts everything an attempt needs into its folder: a snapshot of the data, the champion, and <c>job.json</c>.</summary>
internal sealed class AttemptPreparation(
    DatasetStore datasets, DatabaseDatasets databases, ModelRegistry registry, IOptions<TrainerOptions> options, IOptions<TrainingOptions> training)
{
    private const string ChampionFile = "champion.onnx";

    /// <summary>Prepares the folder.</summary>
    /// <exception cref="RunFailedException">The data set or the champion cannot be used.</exception>
    public async Task<PreparedAttempt> PrepareAsync(TrainingRun run, Scratch folder, CancellationToken cancellationToken)
    {
        var (dataFile, label) = await SnapshotAsync(run.Dataset, folder, cancellationToken);
        // Read before the training: whether the version is promoted is decided on this reading.
        var champion = await registry.ReadAliasAsync(run.Model, AliasName.Champion, null, cancellationToken);
        var job = new TrainingJob
        {
            Model = run.Model,
            Dataset = run.Dataset,
            DataFile = dataFile,
            Schema = Merge(run, WithLabel(await datasets.ReadSchemaAsync(run.Dataset, cancellationToken), label)),
            Split = await datasets.ReadSplitAsync(run.Dataset, cancellationToken),
            Algorithm = run.Algorithm,
            Parameters = run.Parameters,
            Choices = run.Choices ?? new TrainingChoices(),
            Champion = champion.Setting is { } setting
                ? await FetchChampionAsync(run, setting.Version, folder, cancellationToken)
                : null,
            MaxModelBytes = training.Value.MaxModelBytes,
        };
        await AttemptFiles.WriteJobAsync(job, folder, cancellationToken);
        return new PreparedAttempt(job, champion);
    }

    /// <summary>The run's own wishes over what the data set says; the classes belong to the data set's own label.</summary>
    internal static DatasetSchema Merge(TrainingRun run, DatasetSchema schema)
    {
        var said = run.Choices?.Schema?.Deserialize<DatasetSchema>(JsonSerializerOptions.Web) ?? new DatasetSchema();
        return schema.OverriddenBy(said).OverriddenBy(new DatasetSchema(
            run.Label,
            run.Include,
            run.Exclude,
            Target: run.Choices?.Target is { } target ? Enum.Parse<TargetKind>(target, ignoreCase: true) : null)
        {
            Split = run.Choices?.Split,
        });
    }

    private static DatasetSchema WithLabel(DatasetSchema schema, string? label) => schema.Label is null ? schema with { Label = label } : schema;

    /// <summary>Puts the data set's files, as they are now, into the folder; the label where the data set's origin names one.</summary>
    /// <exception cref="RunFailedException">There is no such data set, or it cannot be had.</exception>
    public async Task<(string DataFile, string? Label)> SnapshotAsync(string dataset, Scratch folder, CancellationToken cancellationToken)
    {
        if (await databases.SnapshotAsync(dataset, folder, cancellationToken) is { } snapshot)
        {
            return snapshot;
        }

        var files = await datasets.FilesAsync(dataset, cancellationToken);
        if (files.Count == 0)
        {
            throw new RunFailedException(
                $"Data set '{dataset}' is not in the store. Upload it (PUT /datasets/{dataset}), then ask again.");
        }

        try
        {
            return (await datasets.FetchAsync(dataset, files, folder.Folder, options.Value.MaxDatasetBytes, cancellationToken), null);
        }
        catch (InvalidInputException e)
        {
            throw new RunFailedException(e.Message);
        }
    }

    private async Task<ChampionFiles?> FetchChampionAsync(
        TrainingRun run, int version, Scratch folder, CancellationToken cancellationToken)
    {
        try
        {
            var manifest = await registry.FindManifestAsync(run.Model, version, cancellationToken)
                ?? throw new StoreException(StoreErrorKind.Corrupt, $"the version does not exist in {registry.Store.Location}.");
            await registry.FetchFileAsync(
                run.Model, manifest.File(FileRole.Model)!, folder.File(ChampionFile), cancellationToken);
            return new ChampionFiles(manifest, ChampionFile);
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.Corrupt && run.Promote != PromotePolicy.Force)
        {
            throw new RunFailedException(
                $"The champion (version {version}) cannot be compared with: {e.Message} Set the alias to a version that is "
                + "whole, or queue the run with promote 'force'.");
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.Corrupt)
        {
            // Forced: there is nothing to compare with.
            return null;
        }
    }
}

/// <summary>What was prepared.</summary>
/// <param name="Job">The job, as written.</param>
/// <param name="Champion">The champion alias as it was read.</param>
internal sealed record PreparedAttempt(TrainingJob Job, AliasRead Champion);
