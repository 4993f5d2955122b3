using System.Text;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>
/// What separates the columns of a CSV file: the one of comma, semicolon, tab and bar that stands most often in the header line,
/// quoted parts passed over; on a tie the first of them, and a comma where there is none.
/// </summary>
internal static class CsvDelimiter
{
    private const string Known = ",;\t|";
    private const int LongestHeader = 1024 * 1024;

    /// <summary>The delimiter of the file, or the declared one. Throws <see cref="InvalidInputException"/>.</summary>
    public static char Of(string path, string? declared)
    {
        if (declared is not null)
        {
            return declared.Length == 1 && declared[0] is > ' ' and < '\x7F' or '\t' && declared[0] != '"' && !char.IsAsciiLetterOrDigit(declared[0])
                ? declared[0]
                : throw new InvalidInputException(
                    $"'delimiter' is one character that is no letter, digit or quote, such as ';'; found '{declared}'.");
        }

        var counts = new int[Known.Length];
        var quoted = false;
        var any = false;
        using var reader = new StreamReader(path, Encoding.UTF8);
        for (var i = 0; i < LongestHeader && reader.Read() is >= 0 and var next; i++)
        {
            var c = (char)next;
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && c is '\r' or '\n')
            {
                // Blank lines before the header are passed over.
                if (any)
                {
                    break;
                }
            }
            else if (!quoted && Known.IndexOf(c, StringComparison.Ordinal) is >= 0 and var at)
            {
                counts[at]++;
            }

            any |= c is not ('\r' or '\n' or '\uFEFF');
        }

        return Known[Array.IndexOf(counts, counts.Max())];
    }
}
