using System.Diagnostics;
using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Analytics.Registry.Store;
using Analytics.Trainer.Worker.Training;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>Works on one claimed run to an end: a version, a sentence that says why there is none, or back into the queue.</summary>
internal sealed partial class RunExecution(
    RunQueue queue,
    AttemptPreparation preparation,
    AttemptProcess attempts,
    VersionCommit commits,
    ChampionPromotion promotion,
    Persistence persistence,
    WorkFolder work,
    RunTelemetry telemetry,
    IOptions<TrainerOptions> options,
    TimeProvider time,
    ILogger<RunExecution> logger)
{
    // What is left to do once the version is committed is little; a stop waits that long for it.
    private static readonly TimeSpan Finishing = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Works on the run. Throws only what no run is to blame for, such as a database that is away while the end is written;
    /// the lease then expires and the run is claimed again.
    /// </summary>
    public async Task ExecuteAsync(RunLease lease, CancellationToken stopping)
    {
        var run = lease.Run;
        using var activity = telemetry.StartAttempt(run);
        using var scope = logger.BeginScope(new Dictionary<string, object> { ["RunId"] = run.Id, ["Model"] = run.Model });
        LogClaimed(logger, run.Attempt, run.Model, run.Dataset, run.Algorithm);
        var outcome = "lost";
        var started = time.GetTimestamp();
        await using var keeper = new LeaseKeeper(queue, lease, options.Value, time, logger);
        try
        {
            var ending = await TryAsync(lease, keeper, activity, stopping);
            activity?.SetTag("version", (ending as Succeeded)?.Result.Version);
            if (ending.Error is { } error)
            {
                activity?.SetStatus(ActivityStatusCode.Error, error);
                LogError(logger, error);
            }

            outcome = await EndAsync(lease, ending, stopping);
            if (StateAfter(ending, run) is { } state && outcome != "lost")
            {
                telemetry.RunEnded(state, run.Model, time.GetElapsedTime(started));
            }
        }
        finally
        {
            activity?.SetTag("outcome", outcome);
            telemetry.AttemptEnded(outcome, run.Model);
            LogEnded(logger, outcome);
        }
    }

    private async Task<Ending> TryAsync(RunLease lease, LeaseKeeper keeper, Activity? activity, CancellationToken stopping)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping, keeper.Stop);
        try
        {
            await using var progress = new RunProgress(queue, lease, telemetry, activity, time, logger);
            return new Succeeded(await WorkAsync(lease, progress, stop.Token, stopping));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Released before cancelled: a stop may have interrupted what follows a commit. Whoever claims the run next sees the
            // wish to cancel, and whether it comes too late.
            return keeper.Lost ? new Lost() : stopping.IsCancellationRequested ? new Released() : new Cancelled();
        }
        catch (LeaseLostException e)
        {
            LogLost(logger, e.Message);
            return new Lost();
        }
        catch (RunCancelledException)
        {
            return new Cancelled();
        }
        catch (Exception e) when (e is RunFailedException or StoreException)
        {
            return new Failed(e.Message);
        }
        catch (AttemptCrashedException e)
        {
            LogCrashed(logger, e.Details);
            return new Retried(e.Message);
        }
        catch (Exception e)
        {
            LogUnexpected(logger, e);
            return new Retried($"The trainer met an unexpected error ({e.GetType().Name}: {e.Message}); its log has the details.");
        }
    }

    private async Task<RunResult> WorkAsync(RunLease lease, RunProgress progress, CancellationToken stop, CancellationToken stopping)
    {
        var run = lease.Run;
        if (await commits.FindEarlierAsync(lease, stop) is { } earlier)
        {
            LogFoundEarlier(logger, earlier.Version);
            return await FinishAsync(lease, earlier, null, progress, stopping);
        }

        if (run.CancelRequestedAt is not null)
        {
            throw new RunCancelledException();
        }

        if (run.Attempt > options.Value.MaxAttempts)
        {
            throw new RunFailedException($"Given up after {run.Attempt - 1} attempts that ended without a committed version.");
        }

        using var folder = work.Create(run.Id.ToString());
        progress.Enter("snapshot", 0);
        var prepared = await persistence.CallAsync(token => preparation.PrepareAsync(run, folder, token), stop);
        var trained = await TrainAsync(folder, progress, stop);
        progress.Enter("commit", 0.92);
        var verdict = PromotionGate.Decide(trained, run.Promote, run.RequestedBy, run.Choices?.Reason) with { ChampionVersion = prepared.Champion.Setting?.Version };
        var manifest = await commits.CommitAsync(lease, prepared, trained, verdict, folder, stop);
        LogCommitted(logger, manifest.Version);
        return await FinishAsync(lease, manifest, prepared.Champion, progress, stopping);
    }

    private async Task<TrainedModel> TrainAsync(Scratch folder, RunProgress progress, CancellationToken stop)
    {
        var bound = options.Value.MemoryBound;
        var exit = await attempts.RunAsync(folder.Folder, bound, p => progress.Enter(p.Stage, 0.05 + (0.85 * p.Progress), p.Rows), stop);
        if (exit.OutOfMemory)
        {
            throw new RunFailedException(
                $"The training needed more than {bound / (1024 * 1024)} MB of memory (Trainer:MaxMemory). Use fewer or smaller trees, "
                + "leave out columns with many distinct texts, use a smaller data set, or raise the bound.");
        }

        if (exit.ExitCode != 0 || !File.Exists(folder.File(TrainingOutcome.FileName)))
        {
            throw new AttemptCrashedException(exit);
        }

        var outcome = await AttemptFiles.ReadOutcomeAsync(folder, stop);
        return outcome?.Trained
            ?? throw new RunFailedException(outcome?.Error ?? "The attempt wrote an outcome without a model and without an error.");
    }

    // From here on the version exists: cancelling comes too late, and a stop of the worker waits a moment.
    private async Task<RunResult> FinishAsync(
        RunLease lease, Manifest manifest, AliasRead? champion, RunProgress progress, CancellationToken stopping)
    {
        using var bound = new CancellationTokenSource();
        await using var registration = stopping.Register(() => bound.CancelAfter(Finishing));
        progress.Enter("promote", 0.97);
        if (!(await persistence.CallAsync(token => queue.BeatAsync(lease, options.Value.Lease, token), bound.Token)).Held)
        {
            throw new LeaseLostException(lease.RunId);
        }

        var (promoted, verdict) = await TryPromoteAsync(manifest, lease.Run.Promote, champion, bound.Token);
        return new RunResult(manifest.Version, promoted, manifest.Metrics, verdict, manifest.Data, manifest.Warnings);
    }

    // The version exists: a run that could not move the alias has not failed.
    private async Task<(bool Promoted, GateVerdict Verdict)> TryPromoteAsync(
        Manifest manifest, PromotePolicy policy, AliasRead? champion, CancellationToken cancellationToken)
    {
        try
        {
            return await promotion.PromoteAsync(manifest, policy, champion, cancellationToken);
        }
        catch (StoreException e)
        {
            LogNotPromoted(logger, e.Message);
            var verdict = manifest.Gate ?? new GateVerdict(false, "");
            return (false, verdict with
            {
                Promote = false,
                Reason = $"The version is committed, but the champion could not be set: {e.Message} Set the alias by hand.",
            });
        }
    }

    private async Task<string> EndAsync(RunLease lease, Ending ending, CancellationToken stopping)
    {
        using var bound = new CancellationTokenSource();
        await using var registration = stopping.Register(() => bound.CancelAfter(Finishing));
        var written = await persistence.CallAsync(
            token => ending switch
            {
                Succeeded e => queue.CompleteAsync(lease, e.Result, token),
                Failed e => queue.FailAsync(lease, e.Error!, token),
                Retried e => queue.RetryAsync(lease, e.Error!, options.Value.MaxAttempts, token),
                Cancelled => queue.CancelAsync(lease, token),
                Released => queue.ReleaseAsync(lease, token),
                _ => Task.FromResult(true),
            },
            bound.Token);
        return written ? EnumNames.Lower(ending.GetType().Name) : "lost";
    }

    private RunState? StateAfter(Ending ending, TrainingRun run) => ending switch
    {
        Succeeded => RunState.Succeeded,
        Failed => RunState.Failed,
        Cancelled => RunState.Cancelled,
        Retried when run.Attempt >= options.Value.MaxAttempts => RunState.Failed,
        _ => null,
    };

    private abstract record Ending(string? Error = null);

    private sealed record Succeeded(RunResult Result) : Ending;

    private sealed record Failed(string Reason) : Ending(Reason);

    private sealed record Retried(string Reason) : Ending(Reason);

    private sealed record Cancelled : Ending;

    private sealed record Released : Ending;

    private sealed record Lost : Ending;

    private sealed class RunCancelledException : Exception;

    [LoggerMessage(LogLevel.Information, "Claimed (attempt {Attempt}): model {Model} from data set {Dataset} with {Algorithm}")]
    private static partial void LogClaimed(ILogger logger, int attempt, string model, string dataset, string algorithm);

    [LoggerMessage(LogLevel.Information, "Committed version {Version}")]
    private static partial void LogCommitted(ILogger logger, int version);

    [LoggerMessage(LogLevel.Information, "Version {Version} was committed by an earlier attempt; completing the run")]
    private static partial void LogFoundEarlier(ILogger logger, int version);

    [LoggerMessage(LogLevel.Warning, "{Reason}")]
    private static partial void LogLost(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Error, "The attempt's process crashed; the end of its standard error:\n{Details}")]
    private static partial void LogCrashed(ILogger logger, string details);

    [LoggerMessage(LogLevel.Error, "The champion could not be set: {Reason}")]
    private static partial void LogNotPromoted(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Error, "The attempt met an unexpected error")]
    private static partial void LogUnexpected(ILogger logger, Exception error);

    [LoggerMessage(LogLevel.Warning, "No version: {Reason}")]
    private static partial void LogError(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "The attempt ended: {Outcome}")]
    private static partial void LogEnded(ILogger logger, string outcome);
}
