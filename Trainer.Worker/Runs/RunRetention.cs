using Analytics.Registry.Database;
using Analytics.Registry.Models;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>Removes old runs from the history, never one that a version came from which an alias names or ever named.</summary>
internal sealed class RunRetention(DbContextOptions<AnalyticsContext> database, ModelRegistry registry)
{
    /// <summary>Removes the runs of a model, or of every model, that ended before; returns how many.</summary>
    public async Task<int> RemoveAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        var models = await Old(context, endedBefore).Select(r => r.Model).Distinct().ToListAsync(cancellationToken);
        var removed = 0;
        foreach (var model in models)
        {
            removed += await RemoveAsync(context, model, endedBefore, cancellationToken);
        }

        return removed;
    }

    private async Task<int> RemoveAsync(
        AnalyticsContext context, string model, DateTimeOffset endedBefore, CancellationToken cancellationToken)
    {
        var live = await LiveVersions.ReadAsync(registry, model, cancellationToken);
        var old = await Old(context, endedBefore)
            .Where(r => r.Model == model && (r.Version == null || !live.Contains(r.Version.Value)))
            .Select(r => new { r.Id, r.Version }).ToListAsync(cancellationToken);
        if (old.Count == 0)
        {
            return 0;
        }

        var ids = old.Select(r => r.Id).ToList();
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var removed = await context.TrainingRuns.Where(r => ids.Contains(r.Id)).ExecuteDeleteAsync(cancellationToken);
        // An operator may have promoted an old version while we were at it.
        var now = await LiveVersions.ReadAsync(registry, model, cancellationToken);
        if (old.Any(r => r.Version is { } version && now.Contains(version)))
        {
            await transaction.RollbackAsync(cancellationToken);
            return 0;
        }

        await transaction.CommitAsync(cancellationToken);
        return removed;
    }

    // The samples' keys tell that they were trained once: without them they would come back.
    private static IQueryable<TrainingRun> Old(AnalyticsContext context, DateTimeOffset endedBefore) =>
        context.TrainingRuns.AsNoTracking().Where(r =>
            r.EndedAt < endedBefore && r.State != RunState.Queued && r.State != RunState.Running
            && (r.IdempotencyKey == null || !r.IdempotencyKey.StartsWith(SampleSeeder.KeyPrefix)));
}
