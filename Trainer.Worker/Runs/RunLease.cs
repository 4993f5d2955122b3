using Analytics.Registry.Database;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>A claimed run: the row as it was at the claim, and the token that lets this worker, and no other, write to it.</summary>
/// <param name="Run">The row at the claim.</param>
/// <param name="Token">New at each claim.</param>
public sealed record RunLease(TrainingRun Run, Guid Token)
{
    /// <summary>The run's id.</summary>
    public Guid RunId => Run.Id;
}

/// <summary>The answer to a heartbeat.</summary>
/// <param name="Held">False when another worker has the run, or nobody: this worker must stop and write nothing.</param>
/// <param name="CancelRequested">True when an operator asked to cancel the run.</param>
public readonly record struct Heartbeat(bool Held, bool CancelRequested);

/// <summary>Thrown where a write needed the lease and another worker has it by now.</summary>
public sealed class LeaseLostException(Guid runId)
    : Exception($"The lease of run {runId} is lost: another worker has the run, or it ended. Nothing was written.");
