using Cronos;

namespace Analytics.Trainer.Worker.Runs;

/// <summary>A cron line in a time zone: when it fires, and what is wrong with one that cannot be used.</summary>
internal sealed class CronLine
{
    private readonly CronExpression _expression;
    private readonly TimeZoneInfo _zone;

    private CronLine(CronExpression expression, TimeZoneInfo zone) => (_expression, _zone) = (expression, zone);

    /// <summary>The line, or the sentence that says why it is none, or never fires.</summary>
    public static (CronLine? Line, string? Fault) Parse(string cron, string timeZone, DateTimeOffset now)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out var zone))
        {
            return (null, $"'timeZone' is an IANA name such as Europe/Berlin or UTC; found '{timeZone}'.");
        }

        if (!CronExpression.TryParse(cron, CronFormat.Standard, out var expression))
        {
            return (null, "'cron' has five fields (minute, hour, day of month, month, day of week), such as '30 4 * * MON-FRI', or is "
                + $"one of @hourly, @daily, @weekly, @monthly, @yearly; found '{cron}'.");
        }

        var line = new CronLine(expression, zone);
        return line.NextAfter(now) is null
            ? (null, $"'cron' never fires: no day is '{cron}'. Take a day that its month has.")
            : (line, null);
    }

    /// <summary>
    /// The first time after <paramref name="moment"/>; null when there is none. A local time that a change of clocks leaves out fires at the
    /// first moment after the gap; one that comes twice fires once, unless the line says every hour or minute.
    /// </summary>
    public DateTimeOffset? NextAfter(DateTimeOffset moment) =>
        _expression.GetNextOccurrence(moment, _zone)?.ToUniversalTime();

    /// <summary>The next times, for a person to see whether the line says what he means.</summary>
    public IEnumerable<DateTimeOffset> Next(DateTimeOffset moment, int count)
    {
        for (var i = 0; i < count && NextAfter(moment) is { } next; i++)
        {
            yield return next;
            moment = next;
        }
    }
}
