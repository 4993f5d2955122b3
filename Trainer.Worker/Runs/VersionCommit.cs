using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.ServiceDefaults;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// Makes a trained model a version: blobs first, then the number, reserved under the lease, then the manifest, whose creation
/// is the commit. A run commits one version at most, however often and by however many workers this is called.
/// </summary>
internal sealed class VersionCommit(RunQueue queue, ModelRegistry registry, DatasetStore datasets, Persistence persistence, TimeProvider time)
{
    // How long an interrupted commit may take to learn whether it came about. A cancel is to be over in 2 s.
    private static readonly TimeSpan Looking = TimeSpan.FromMilliseconds(500);

    /// <summary>The manifest of the version that the run committed in an earlier attempt, or null.</summary>
    public async Task<Manifest?> FindEarlierAsync(RunLease lease, CancellationToken cancellationToken)
    {
        if (lease.Run.Version is not { } reserved)
        {
            return null;
        }

        var manifest = await persistence.CallAsync(
            token => registry.FindManifestAsync(lease.Run.Model, reserved, token), cancellationToken);
        return manifest?.RunId == lease.RunId ? manifest : null;
    }

    /// <summary>
    /// Commits, and returns the manifest that counts: an earlier attempt's where there is one. Cancelling ends it at any point; when
    /// the manifest is there nevertheless, it is returned.
    /// </summary>
    /// <exception cref="LeaseLostException">Another worker has the run.</exception>
    /// <exception cref="RunFailedException">The data set got another split meanwhile.</exception>
    public async Task<Manifest> CommitAsync(
        RunLease lease, PreparedAttempt prepared, TrainedModel trained, GateVerdict verdict, Scratch folder,
        CancellationToken cancellationToken)
    {
        var run = lease.Run;
        if (prepared.Job.Split is null)
        {
            await FixSplitAsync(run.Dataset, trained.Split, prepared.Job.Schema.Split is not null, cancellationToken);
        }

        var files = new List<ModelFile>();
        foreach (var (role, path) in trained.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            files.Add(await persistence.CallAsync(
                token => registry.PutFileAsync(run.Model, role, folder.File(path), token), cancellationToken));
        }

        var above = await persistence.CallAsync(token => registry.FindHighestVersionAsync(run.Model, token), cancellationToken);
        while (true)
        {
            var version = await persistence.CallAsync(token => queue.ReserveVersionAsync(lease, above, token), cancellationToken);
            var manifest = new Manifest
            {
                Model = run.Model,
                Version = version,
                RunId = run.Id,
                Created = time.GetUtcNow(),
                Algorithm = trained.Algorithm,
                Parameters = trained.Parameters,
                Signature = trained.Signature,
                Metrics = trained.Metrics,
                Gate = verdict,
                Data = trained.Data,
                CodeVersion = ServiceVersion.Current,
                Files = files,
                Warnings = trained.Warnings,
            };
            var commit = await PutManifestAsync(manifest, cancellationToken);
            if (commit.Status == CommitStatus.Committed)
            {
                return commit.Manifest;
            }

            // The number is another run's, or a version that came by other means than a run.
            above = version;
        }
    }

    // A put that was interrupted may have reached the store, and a run whose version exists has not been cancelled.
    private async Task<CommitResult> PutManifestAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            return await persistence.CallAsync(token => registry.CommitAsync(manifest, token), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            using var bound = new CancellationTokenSource(Looking, time);
            try
            {
                if (await registry.FindManifestAsync(manifest.Model, manifest.Version, bound.Token) is { } there && there.RunId == manifest.RunId)
                {
                    return new CommitResult(CommitStatus.Committed, there);
                }
            }
            catch (Exception e) when (e is StoreException || bound.IsCancellationRequested)
            {
                // The store does not say. What matters to whoever cancelled is that the champion stays, and it does.
            }

            throw;
        }
    }

    private async Task FixSplitAsync(string dataset, SplitDefinition split, bool asked, CancellationToken cancellationToken)
    {
        var there = await persistence.CallAsync(token => datasets.FixSplitAsync(dataset, split, token), cancellationToken);
        if (HoldoutSplit.IdOf(there) != HoldoutSplit.IdOf(split) && !asked)
        {
            throw new RunFailedException(
                $"Data set '{dataset}' got its split from another run while this one was training, and it is not the same: this "
                + "version could have trained on rows that others hold out. Queue the run again; it will use the data set's split.");
        }
    }
}
