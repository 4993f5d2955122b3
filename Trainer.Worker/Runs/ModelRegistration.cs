using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.ServiceDefaults;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;
using Analytics.Trainer.Worker.Training.Registration;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>Makes a version of a graph that was trained elsewhere: checked in a child process, gated, committed as a run's is.</summary>
internal sealed class ModelRegistration(
    AttemptPreparation preparation,
    DatasetStore datasets,
    ModelRegistry registry,
    AttemptProcess attempts,
    IOptions<TrainerOptions> options,
    IOptions<TrainingOptions> training,
    TimeProvider time)
{
    // A graph that loops for ever must not hold the child for ever.
    private static readonly TimeSpan CheckLimit = TimeSpan.FromMinutes(5);

    /// <summary>Checks and commits. Throws <see cref="InvalidInputException"/> with a sentence for the sender.</summary>
    public async Task<(Manifest Manifest, bool Promoted)> RegisterAsync(
        string model, Registration registration, Scratch folder, string by, CancellationToken cancellationToken)
    {
        var champion = await registry.ReadAliasAsync(model, AliasName.Champion, null, cancellationToken);
        var job = await PrepareAsync(model, registration, champion, folder, cancellationToken);
        var trained = await CheckAsync(job, folder, cancellationToken);
        // Without held-out rows there is nothing to gate on: only force promotes then.
        var policy = registration.Dataset is null && registration.Promote != PromotePolicy.Force ? PromotePolicy.Never : registration.Promote;
        var verdict = PromotionGate.Decide(trained, policy, by, registration.Reason) with { ChampionVersion = champion.Setting?.Version };
        if (registration.Dataset is { } dataset && job.Split is null)
        {
            await datasets.FixSplitAsync(dataset, trained.Split, cancellationToken);
        }

        var manifest = await CommitAsync(model, trained, verdict, registration.Dataset is not null, folder, cancellationToken);
        if (!verdict.Promote)
        {
            return (manifest, false);
        }

        var change = await registry.SetAliasAsync(
            model, AliasName.Champion, manifest.Version, by, verdict.Reason, champion, cancellationToken);
        return (manifest, change.Changed);
    }

    private async Task<TrainingJob> PrepareAsync(
        string model, Registration registration, AliasRead champion, Scratch folder, CancellationToken cancellationToken)
    {
        const string championFile = "champion.onnx";
        var dataFile = "";
        ChampionFiles? files = null;
        DatasetSchema schema = new();
        SplitDefinition? split = null;
        if (registration.Dataset is { } dataset)
        {
            try
            {
                (dataFile, _) = await preparation.SnapshotAsync(dataset, folder, cancellationToken);
            }
            catch (RunFailedException e)
            {
                throw new InvalidInputException(e.Message);
            }

            var said = await datasets.ReadSchemaAsync(dataset, cancellationToken);
            schema = said with
            {
                Label = registration.Signature.Output.Name,
                Include = null,
                Exclude = null,
                Classes = registration.Signature.Output.Classes,
                Target = registration.Signature.Output.Kind == OutputKind.Number ? TargetKind.Number : TargetKind.Classes,
            };
            split = await datasets.ReadSplitAsync(dataset, cancellationToken);
        }

        if (champion.Setting is { } setting && await registry.FindManifestAsync(model, setting.Version, cancellationToken) is { } manifest)
        {
            await registry.FetchFileAsync(model, manifest.File(FileRole.Model)!, folder.File(championFile), cancellationToken);
            files = new ChampionFiles(manifest, championFile);
        }

        var job = new TrainingJob
        {
            Model = model,
            Dataset = registration.Dataset ?? "",
            DataFile = dataFile,
            Schema = schema,
            Split = split,
            Algorithm = RegistrationCheck.Algorithm,
            Champion = files,
            MaxModelBytes = training.Value.MaxModelBytes,
            Registered = new RegisteredModel(
                registration.ModelFile, registration.Signature, registration.GoldenFile, registration.Dataset is not null),
        };
        await AttemptFiles.WriteJobAsync(job, folder, cancellationToken);
        return job;
    }

    private async Task<TrainedModel> CheckAsync(TrainingJob job, Scratch folder, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(_ => limit.Cancel(), null, CheckLimit, Timeout.InfiniteTimeSpan);
        AttemptExit exit;
        try
        {
            exit = await attempts.RunAsync(folder.Folder, options.Value.MemoryBound, _ => { }, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidInputException($"The check of the model did not end within {CheckLimit.TotalMinutes:0} minutes.");
        }

        if (exit.OutOfMemory)
        {
            throw new InvalidInputException(
                $"The check of model '{job.Model}' needed more than {options.Value.MemoryBound / (1024 * 1024)} MB of memory (Trainer:MaxMemory).");
        }

        if (exit.ExitCode != 0 || !File.Exists(folder.File(TrainingOutcome.FileName)))
        {
            throw new InvalidInputException($"The model ended the process that checked it (exit code {exit.ExitCode}): {exit.LastWords}");
        }

        var outcome = await AttemptFiles.ReadOutcomeAsync(folder, cancellationToken);
        return outcome?.Trained ?? throw new InvalidInputException(outcome?.Error ?? "The check wrote no outcome.");
    }

    private async Task<Manifest> CommitAsync(
        string model, TrainedModel trained, GateVerdict verdict, bool hasData, Scratch folder, CancellationToken cancellationToken)
    {
        var files = new List<ModelFile>();
        foreach (var (role, path) in trained.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            files.Add(await registry.PutFileAsync(model, role, folder.File(path), cancellationToken));
        }

        var id = Guid.CreateVersion7();
        var version = await registry.FindHighestVersionAsync(model, cancellationToken);
        while (true)
        {
            version++;
            var commit = await registry.CommitAsync(
                new Manifest
                {
                    Model = model,
                    Version = version,
                    RunId = id,
                    Created = time.GetUtcNow(),
                    Algorithm = trained.Algorithm,
                    Signature = trained.Signature,
                    Metrics = trained.Metrics,
                    Gate = verdict,
                    Data = hasData ? trained.Data : null,
                    CodeVersion = ServiceVersion.Current,
                    Files = files,
                    Warnings = trained.Warnings,
                },
                cancellationToken);
            if (commit.Status == CommitStatus.Committed)
            {
                return commit.Manifest;
            }
        }
    }
}

/// <summary>A request to register; its files are in the work folder.</summary>
/// <param name="ModelFile">The ONNX graph.</param>
/// <param name="Signature">What it takes and gives.</param>
/// <param name="GoldenFile">Golden rows; null: none.</param>
/// <param name="Dataset">The labelled data set whose held-out rows decide; null: no gate.</param>
/// <param name="Promote">The policy.</param>
/// <param name="Reason">Why, in the operator's words.</param>
internal sealed record Registration(
    string ModelFile, Signature Signature, string? GoldenFile, string? Dataset, PromotePolicy Promote, string? Reason);
