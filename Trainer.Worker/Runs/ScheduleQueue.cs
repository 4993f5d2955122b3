using Analytics.Registry.Database;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>The schedules in the database. The database's clock says what is due, so all workers agree.</summary>
internal sealed class ScheduleQueue(DbContextOptions<AnalyticsContext> database)
{
    private const int MostAtOnce = 100;

    /// <summary>Sets a model's schedule, in place of the one it had.</summary>
    public async Task SetAsync(TrainingSchedule schedule, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        await using var context = new AnalyticsContext(database);
        await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO training_schedules (model, cron, time_zone, request, missed, set_by, set_at, next_at)
            VALUES ({schedule.Model}, {schedule.Cron}, {schedule.TimeZone}, {schedule.Request}::jsonb, {EnumNames.Of(schedule.Missed)},
                {schedule.SetBy}, {schedule.SetAt}, {schedule.NextAt})
            ON CONFLICT (model) DO UPDATE SET cron = excluded.cron, time_zone = excluded.time_zone, request = excluded.request,
                missed = excluded.missed, set_by = excluded.set_by, set_at = excluded.set_at, next_at = excluded.next_at, last_error = NULL
            """,
            cancellationToken);
    }

    /// <summary>A model's schedule, or null.</summary>
    public async Task<TrainingSchedule?> FindAsync(string model, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        return await context.TrainingSchedules.AsNoTracking().SingleOrDefaultAsync(s => s.Model == model, cancellationToken);
    }

    /// <summary>All schedules, by model.</summary>
    public async Task<IReadOnlyList<TrainingSchedule>> ListAsync(CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        return await context.TrainingSchedules.AsNoTracking().OrderBy(s => s.Model).ToListAsync(cancellationToken);
    }

    /// <summary>Removes a model's schedule; false when it has none.</summary>
    public async Task<bool> RemoveAsync(string model, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        return await context.TrainingSchedules.Where(s => s.Model == model).ExecuteDeleteAsync(cancellationToken) > 0;
    }

    /// <summary>The schedules that are due, the oldest first, and the database's time.</summary>
    public async Task<(IReadOnlyList<TrainingSchedule> Due, DateTimeOffset Now)> ReadDueAsync(CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        var due = await context.TrainingSchedules.FromSqlRaw(
            "SELECT * FROM training_schedules WHERE next_at <= now()").AsNoTracking()
            .OrderBy(s => s.NextAt).Take(MostAtOnce).ToListAsync(cancellationToken);
        var now = due.Count == 0
            ? default
            : await context.Database.SqlQuery<DateTimeOffset>($"""SELECT now() AS "Value" """).SingleAsync(cancellationToken);
        return (due, now);
    }

    /// <summary>
    /// Moves the schedule on from the due time it was read with. False when another worker has done so, or an operator has set
    /// it anew: then nothing changes.
    /// </summary>
    public async Task<bool> AdvanceAsync(
        TrainingSchedule read, DateTimeOffset next, Guid? run, string? error, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(read);
        await using var context = new AnalyticsContext(database);
        return await context.TrainingSchedules
            .Where(s => s.Model == read.Model && s.NextAt == read.NextAt && s.SetAt == read.SetAt)
            .ExecuteUpdateAsync(
                set => set.SetProperty(s => s.NextAt, next).SetProperty(s => s.LastAt, read.NextAt)
                    .SetProperty(s => s.LastRun, run).SetProperty(s => s.LastError, error),
                cancellationToken) == 1;
    }

    /// <summary>Says why the due time has not been dealt with yet.</summary>
    public async Task HoldAsync(TrainingSchedule read, string error, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(read);
        await using var context = new AnalyticsContext(database);
        await context.TrainingSchedules.Where(s => s.Model == read.Model && s.NextAt == read.NextAt && s.LastError != error)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.LastError, error), cancellationToken);
    }
}
