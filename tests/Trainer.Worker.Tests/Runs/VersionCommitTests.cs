using System.Text.Json;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.Testing;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Runs;
using Analytics.Trainer.Worker.Training;
using Microsoft.Extensions.DependencyInjection;

namespace Analytics.Trainer.Worker.Tests.Runs;

public sealed class VersionCommitTests(PostgresServer postgres)
{
    private static readonly GateVerdict Verdict = new(true, "test");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // A worker that was paused past its lease wakes up with a finished model.
    [Fact]
    public async Task Commit_LeaseLost_AddsNoVersion()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var paused = await ClaimAsync(trainer, TimeSpan.Zero);
        var other = await Queue(trainer).ClaimAsync("other", TimeSpan.FromMinutes(1), 3, Cancel);

        await Assert.ThrowsAsync<LeaseLostException>(() => CommitAsync(trainer, paused));

        Assert.Equal(paused.RunId, other!.RunId);
        Assert.Empty(await VersionsAsync(trainer));
    }

    [Fact]
    public async Task Commit_TwoWorkersOfOneRunAfterTheReservation_IsOneVersion()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var paused = await ClaimAsync(trainer, TimeSpan.Zero);
        var reserved = await Queue(trainer).ReserveVersionAsync(paused, 0, Cancel);
        var other = (await Queue(trainer).ClaimAsync("other", TimeSpan.FromMinutes(1), 3, Cancel))!;

        var committed = await CommitAsync(trainer, other);
        // The paused worker had its number already, and now puts its manifest.
        var late = await Manifests.CommitAsync(trainer.Registry, "iris", reserved, paused.RunId);

        Assert.Equal(reserved, committed.Version);
        Assert.Equal(CommitStatus.Committed, late.Status);
        Assert.Equal([reserved], await VersionsAsync(trainer));
    }

    [Fact]
    public async Task Commit_NumberTakenByAnother_TakesTheNext()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var lease = await ClaimAsync(trainer, TimeSpan.FromMinutes(1));
        Assert.Equal(1, await Queue(trainer).ReserveVersionAsync(lease, 0, Cancel));
        // Versions that no run of this database made.
        await Manifests.CommitAsync(trainer.Registry, "iris", 1, Guid.NewGuid());
        await Manifests.CommitAsync(trainer.Registry, "iris", 2, Guid.NewGuid());

        var committed = await CommitAsync(trainer, lease);

        Assert.Equal(3, committed.Version);
        Assert.Equal(3, (await Queue(trainer).FindAsync(lease.RunId, Cancel))!.Version);
    }

    [Fact]
    public async Task Commit_SplitFixedByAnotherMeanwhile_FailsAndAddsNoVersion()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var lease = await ClaimAsync(trainer, TimeSpan.FromMinutes(1));
        await trainer.Services.GetRequiredService<DatasetStore>().FixSplitAsync("iris", new SplitDefinition("iris", ["other"]), Cancel);

        var error = await Assert.ThrowsAsync<RunFailedException>(() => CommitAsync(trainer, lease));

        Assert.Contains("Queue the run again", error.Message, StringComparison.Ordinal);
        Assert.Empty(await VersionsAsync(trainer));
    }

    // A cancel that meets the manifest's put: the run has either its version or none, and says which.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Commit_CancelledDuringTheManifestsPut_IsCommittedOrCancelledAsTheStoreHasIt(bool arrives)
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var lease = await ClaimAsync(trainer, TimeSpan.FromMinutes(1));
        using var cancel = new CancellationTokenSource();
        var registry = new ModelRegistry(new CancellingStore(trainer.Store, cancel, arrives), TimeProvider.System);
        var commits = ActivatorUtilities.CreateInstance<VersionCommit>(trainer.Services, registry);

        var commit = CommitAsync(trainer, lease, commits, cancel.Token);

        if (arrives)
        {
            Assert.Equal(lease.RunId, (await commit).RunId);
        }
        else
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => commit);
        }

        Assert.Equal(arrives ? 1 : 0, (await VersionsAsync(trainer)).Count);
    }

    [Fact]
    public async Task Commit_SameSplitFixedByAnotherMeanwhile_Commits()
    {
        await using var trainer = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var lease = await ClaimAsync(trainer, TimeSpan.FromMinutes(1));
        await trainer.Services.GetRequiredService<DatasetStore>().FixSplitAsync("iris", new SplitDefinition("iris", ["x"]), Cancel);

        Assert.Equal(1, (await CommitAsync(trainer, lease)).Version);
    }

    [Fact]
    public async Task Claim_CrashBetweenManifestAndCompletion_IsCompletedWithTheSameVersion()
    {
        await using var crashed = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var lease = await ClaimAsync(crashed, TimeSpan.Zero);
        var manifest = await CommitAsync(crashed, lease);

        // There is no data set: training again would fail.
        await using var next = await TestTrainer.StartAsync(postgres, crashed);
        var run = await next.EndOfAsync(lease.RunId);

        Assert.Equal("succeeded", run.GetProperty("state").GetString());
        Assert.Equal(manifest.Version, run.GetProperty("version").GetInt32());
        Assert.True(run.GetProperty("promoted").GetBoolean());
        Assert.Equal(2, run.GetProperty("attempt").GetInt32());
        Assert.Equal([manifest.Version], await VersionsAsync(next));
        Assert.Equal(manifest.Version, (await next.Registry.ReadAliasAsync("iris", AliasName.Champion, null, Cancel)).Setting!.Version);
    }

    [Fact]
    public async Task Claim_CancelledAfterTheManifest_IsCompletedAllTheSame()
    {
        await using var crashed = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var lease = await ClaimAsync(crashed, TimeSpan.Zero);
        await CommitAsync(crashed, lease);
        await Queue(crashed).CancelAsync(lease.RunId, "ann", Cancel);

        await using var next = await TestTrainer.StartAsync(postgres, crashed);

        Assert.Equal("succeeded", (await next.EndOfAsync(lease.RunId)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Claim_CancelledAndItsWorkerDied_IsCancelled()
    {
        await using var crashed = await TestTrainer.StartWithoutWorkerAsync(postgres);
        var lease = await ClaimAsync(crashed, TimeSpan.Zero);
        await Queue(crashed).CancelAsync(lease.RunId, "ann", Cancel);

        await using var next = await TestTrainer.StartAsync(postgres, crashed);

        Assert.Equal("cancelled", (await next.EndOfAsync(lease.RunId)).GetProperty("state").GetString());
    }

    private static RunQueue Queue(TestTrainer trainer) => trainer.Services.GetRequiredService<RunQueue>();

    private static async Task<RunLease> ClaimAsync(TestTrainer trainer, TimeSpan lease)
    {
        await Queue(trainer).EnqueueAsync(
            new RunRequest { Model = "iris", Dataset = "iris", Algorithm = "random-forest", RequestedBy = "test", Promote = PromotePolicy.Auto },
            Cancel);
        return (await Queue(trainer).ClaimAsync("test", lease, 3, Cancel))!;
    }

    private static Task<Manifest> CommitAsync(TestTrainer trainer, RunLease lease) =>
        CommitAsync(trainer, lease, trainer.Services.GetRequiredService<VersionCommit>(), Cancel);

    private static async Task<Manifest> CommitAsync(
        TestTrainer trainer, RunLease lease, VersionCommit commits, CancellationToken cancellationToken)
    {
        using var folder = trainer.Services.GetRequiredService<WorkFolder>().Create("test");
        await File.WriteAllTextAsync(folder.File("model.onnx"), "model", Cancel);
        var job = new TrainingJob
        {
            Model = "iris",
            Dataset = "iris",
            DataFile = "data.csv",
            Schema = new DatasetSchema("y"),
            Algorithm = "random-forest",
        };
        var trained = new TrainedModel
        {
            Algorithm = "random-forest",
            Parameters = new Dictionary<string, JsonElement>(),
            Signature = Manifests.Signature,
            Metrics = new Dictionary<string, double> { ["accuracy"] = 1 },
            Data = new DataFingerprint("iris", new string('0', 64), 10, 8, 2, "split"),
            Split = new SplitDefinition("iris", ["x"]),
            Files = new Dictionary<string, string> { [FileRole.Model] = "model.onnx" },
            Warnings = [],
        };
        var prepared = new PreparedAttempt(job, new AliasRead(ReadStatus.NotFound, null, null));
        return await commits.CommitAsync(lease, prepared, trained, Verdict, folder, cancellationToken);
    }

    private static ValueTask<List<int>> VersionsAsync(TestTrainer trainer) =>
        trainer.Registry.ListVersionsAsync("iris", Cancel).ToListAsync(Cancel);
}
