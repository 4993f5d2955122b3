using System.Globalization;

namespace Analytics.Registry.Models;

/// <summary>
/// Dates and times as text, in training and in scoring alike: ISO 8601's <c>YYYY-MM-DD</c>, alone or with a time behind <c>T</c> or a
/// space: <c>hh:mm</c>, <c>hh:mm:ss</c> or with up to nine digits of a second, and <c>Z</c>, <c>±hh</c>, <c>±hhmm</c> or <c>±hh:mm</c>.
/// A time with an offset is brought to UTC; one without is taken as it stands. Microseconds count, what is finer is cut off.
/// </summary>
public static class DateText
{
    private const int DateLength = 10;
    private const int FractionDigits = 6;

    /// <summary>Parses the text, white space around it allowed. False when it is no such date or time, or none of the calendar.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTime value)
    {
        text = text.Trim();
        value = default;
        if (text.Length < DateLength
            || !DateTime.TryParseExact(text[..DateLength], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return false;
        }

        var time = TimeSpan.Zero;
        if (text.Length > DateLength && (text[DateLength] is not ('T' or 't' or ' ') || !TryParseTime(text[(DateLength + 1)..], out time)))
        {
            return false;
        }

        // An offset can lead out of the calendar.
        var ticks = day.Ticks + time.Ticks;
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        value = new DateTime(ticks);
        return true;
    }

    /// <summary>The one form of a date: <c>YYYY-MM-DD</c>, and behind <c>T</c> the time where it is not midnight.</summary>
    public static string Format(DateTime value) => value.ToString(
        value.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd"
        : value.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss"
        : "yyyy-MM-dd'T'HH:mm:ss.ffffff",
        CultureInfo.InvariantCulture);

    // The time from midnight, the offset taken off.
    private static bool TryParseTime(ReadOnlySpan<char> text, out TimeSpan time)
    {
        time = default;
        if (!TwoDigits(text, 0, 23, out var hour) || !Has(text, 2, ':') || !TwoDigits(text, 3, 59, out var minute))
        {
            return false;
        }

        time = new TimeSpan(hour, minute, 0);
        text = text[5..];
        if (Has(text, 0, ':'))
        {
            if (!TwoDigits(text, 1, 59, out var second))
            {
                return false;
            }

            time += TimeSpan.FromSeconds(second);
            text = text[3..];
            if (Has(text, 0, '.') && !TryTakeFraction(ref text, ref time))
            {
                return false;
            }
        }

        return TryTakeOffset(text, ref time);
    }

    private static bool TryTakeFraction(ref ReadOnlySpan<char> text, ref TimeSpan time)
    {
        var digits = 0;
        var microseconds = 0;
        while (digits + 1 < text.Length && char.IsAsciiDigit(text[digits + 1]))
        {
            microseconds = digits < FractionDigits ? (microseconds * 10) + (text[digits + 1] - '0') : microseconds;
            digits++;
        }

        for (var d = digits; d < FractionDigits; d++)
        {
            microseconds *= 10;
        }

        time += TimeSpan.FromMicroseconds(microseconds);
        text = text[(digits + 1)..];
        return digits is >= 1 and <= 9;
    }

    private static bool TryTakeOffset(ReadOnlySpan<char> text, ref TimeSpan time)
    {
        if (text.IsEmpty || text is "Z" or "z")
        {
            return true;
        }

        if (text[0] is not ('+' or '-') || !TwoDigits(text, 1, 23, out var hours))
        {
            return false;
        }

        var rest = text[3..];
        rest = Has(rest, 0, ':') ? rest[1..] : rest;
        var minutes = 0;
        if (text.Length > 3 && !(rest.Length == 2 && TwoDigits(rest, 0, 59, out minutes)))
        {
            return false;
        }

        var offset = new TimeSpan(hours, minutes, 0);
        time -= text[0] == '-' ? -offset : offset;
        return true;
    }

    private static bool Has(ReadOnlySpan<char> text, int at, char sign) => at < text.Length && text[at] == sign;

    private static bool TwoDigits(ReadOnlySpan<char> text, int at, int most, out int value)
    {
        value = 0;
        if (at + 2 > text.Length || !char.IsAsciiDigit(text[at]) || !char.IsAsciiDigit(text[at + 1]))
        {
            return false;
        }

        value = ((text[at] - '0') * 10) + (text[at + 1] - '0');
        return value <= most;
    }
}
