using System.Globalization;

namespace Analytics.Registry.Models;

/// <summary>
/// How the text of a cell becomes a value, in training and in scoring alike. Numbers are parsed in the invariant culture and
/// rounded to float32 at once, so both sides see the same bits.
/// </summary>
public static class CellText
{
    /// <summary>The texts that mean "missing" in a data set, compared without case and surrounding white space.</summary>
    public static readonly IReadOnlyList<string> MissingTexts = ["", "NA", "N/A", "#N/A", "NaN", "null", "?"];

    private const int LongestMissing = 4;

    /// <summary>True when a data set's cell is missing.</summary>
    public static bool IsMissing(ReadOnlySpan<char> cell)
    {
        cell = cell.Trim();
        if (cell.Length > LongestMissing)
        {
            return false;
        }

        foreach (var text in MissingTexts)
        {
            if (cell.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Parses a decimal number (sign, digits, point, exponent; no thousands separator, no hexadecimal, no <c>NaN</c> or
    /// <c>Infinity</c>). False when the text is another thing or its value has no finite float32.
    /// </summary>
    public static bool TryParseNumber(ReadOnlySpan<char> cell, out float value)
    {
        const NumberStyles styles = NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite
            | NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (float.TryParse(cell, styles, CultureInfo.InvariantCulture, out value) && float.IsFinite(value))
        {
            return true;
        }

        value = float.NaN;
        return false;
    }
}
