using Analytics.Registry.Database;
using Microsoft.EntityFrameworkCore;

namespace Analytics.Trainer.Worker.Runs;

/// <content>The runs as history: searched, and removed by age.</content>
internal sealed partial class RunQueue
{
    /// <summary>The newest runs first, of one model or state where given.</summary>
    public async Task<IReadOnlyList<TrainingRun>> ListAsync(
        string? model, RunState? state, int limit, CancellationToken cancellationToken) =>
        await ListAsync(new RunFilter { Model = model, State = state }, limit, cancellationToken);

    /// <summary>The newest runs that the filter lets through, the newest first.</summary>
    public async Task<IReadOnlyList<TrainingRun>> ListAsync(RunFilter filter, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        await using var context = new AnalyticsContext(database);
        // Only the conditions given: the planner then has an index for each of them.
        var runs = context.TrainingRuns.AsNoTracking();
        runs = filter.Model is { } model ? runs.Where(r => r.Model == model) : runs;
        runs = filter.State is { } state ? runs.Where(r => r.State == state) : runs;
        runs = filter.RequestedBy is { } who ? runs.Where(r => r.RequestedBy == who) : runs;
        runs = filter.Since is { } since ? runs.Where(r => r.RequestedAt >= since) : runs;
        runs = filter.Until is { } until ? runs.Where(r => r.RequestedAt < until) : runs;
        runs = filter.After is { } after
            ? runs.Where(r => r.RequestedAt < after.RequestedAt || (r.RequestedAt == after.RequestedAt && r.Id.CompareTo(after.Id) < 0))
            : runs;
        return await runs.OrderByDescending(r => r.RequestedAt).ThenByDescending(r => r.Id).Take(limit).ToListAsync(cancellationToken);
    }

    /// <summary>The run that reserved or committed a model's version, or null.</summary>
    public async Task<TrainingRun?> FindByVersionAsync(string model, int version, CancellationToken cancellationToken)
    {
        await using var context = new AnalyticsContext(database);
        return await context.TrainingRuns.AsNoTracking()
            .SingleOrDefaultAsync(r => r.Model == model && r.Version == version, cancellationToken);
    }
}

/// <summary>Which runs of the history; null: all.</summary>
public sealed record RunFilter
{
    /// <summary>Of this model.</summary>
    public string? Model { get; init; }

    /// <summary>In this state.</summary>
    public RunState? State { get; init; }

    /// <summary>Asked for by this caller.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>Asked for then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Asked for before.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Behind this run in the list, which begins with the newest.</summary>
    public RunCursor? After { get; init; }
}

/// <summary>A run's place in the history. It stays a place when the run is removed.</summary>
/// <param name="RequestedAt">When it was asked for.</param>
/// <param name="Id">Its id, which orders runs of one microsecond.</param>
public readonly record struct RunCursor(DateTimeOffset RequestedAt, Guid Id)
{
    /// <summary>The place as a word that fits into an address.</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{RequestedAt.UtcTicks:x}-{Id:N}");

    /// <summary>The place that <see cref="ToString"/> gave.</summary>
    public static bool TryParse(string text, out RunCursor cursor)
    {
        ArgumentNullException.ThrowIfNull(text);
        cursor = default;
        if (text.Split('-') is not [var ticks, var id]
            || !long.TryParse(ticks, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var time)
            || time < 0 || time > DateTime.MaxValue.Ticks
            || !Guid.TryParseExact(id, "N", out var run))
        {
            return false;
        }

        cursor = new RunCursor(new DateTimeOffset(time, TimeSpan.Zero), run);
        return true;
    }
}
