namespace Analytics.Trainer.Worker.Runs;

/// <summary>
/// How fast an attempt gets on, told from what it said so far. The stages differ in speed, so the pace is the present
/// stage's once that has moved, and the whole attempt's before.
/// </summary>
internal sealed class Pace
{
    private readonly (TimeSpan At, double Progress) _start;
    private (TimeSpan At, double Progress) _stageStart;
    private string? _stage;
    private long? _rows;

    /// <param name="now">The time, from any fixed moment.</param>
    public Pace(TimeSpan now) => _start = (now, 0);

    /// <summary>The position after the attempt said this.</summary>
    public Position Advance(TimeSpan now, string stage, double progress, long? rows)
    {
        if (stage != _stage)
        {
            (_stage, _stageStart) = (stage, (now, progress));
        }

        _rows = rows ?? _rows;
        var perSecond = PerSecond(_stageStart, now, progress) ?? PerSecond(_start, now, progress);
        return new Position(
            stage,
            progress,
            _rows,
            _rows * perSecond,
            perSecond is { } pace ? TimeSpan.FromSeconds(Math.Min((1 - progress) / pace, TimeSpan.MaxValue.TotalSeconds / 2)) : null);
    }

    private static double? PerSecond((TimeSpan At, double Progress) from, TimeSpan now, double progress) =>
        progress > from.Progress && now > from.At ? (progress - from.Progress) / (now - from.At).TotalSeconds : null;
}

/// <summary>Where an attempt is.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Progress">The share of all its work that is done, 0 to 1.</param>
/// <param name="Rows">How many rows it trains on, once known.</param>
/// <param name="RowsPerSecond">How many of them get through the whole attempt in a second, at the present pace.</param>
/// <param name="Remaining">What is left at that pace.</param>
internal readonly record struct Position(
    string Stage, double Progress, long? Rows = null, double? RowsPerSecond = null, TimeSpan? Remaining = null);
