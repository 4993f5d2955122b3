using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// Learns a column's type from all its cells. It is a number column when every cell that is not missing parses as a number, and
/// a text column when at least two and more than a tenth of them do not. In between, a few texts among numbers, it is a fault
/// in the data: training on it either way would give a wrong model without a word.
/// </summary>
/// <param name="name">The column's name.</param>
/// <param name="declaredText">True when the schema says that the column is text.</param>
/// <param name="lenient">True when such a fault only makes it text, because nothing is learned from the column.</param>
internal sealed class ColumnScan(string name, bool declaredText, bool lenient)
{
    private const double FaultyShare = 0.1;
    private const int LongestShown = 40;

    private long _texts;
    private string _firstText = "";
    private long _firstTextLine;

    public string Name { get; } = name;

    /// <summary>Cells with a value.</summary>
    public long Present { get; private set; }

    public void Add(ReadOnlySpan<char> cell, long line)
    {
        if (CellText.IsMissing(cell))
        {
            return;
        }

        Present++;
        if (CellText.TryParseNumber(cell, out _))
        {
            return;
        }

        if (_texts++ == 0)
        {
            _firstText = cell.Length <= LongestShown ? cell.ToString() : $"{cell[..LongestShown]}…";
            _firstTextLine = line;
        }
    }

    /// <summary>The column's type. Throws <see cref="InvalidInputException"/> for a few texts among numbers.</summary>
    public ColumnType Type()
    {
        // A column without any value has no type; text without categories is what a later file can always extend.
        if (declaredText || Present == 0)
        {
            return ColumnType.Text;
        }

        if (_texts == 0)
        {
            return ColumnType.Number;
        }

        var numbers = Present - _texts;
        var faulty = _texts <= Math.Max(1, FaultyShare * Present) && numbers > _texts && !lenient;
        return !faulty
            ? ColumnType.Text
            : throw new InvalidInputException(
                $"Line {_firstTextLine}, column '{Name}': expected a number as in {numbers} other rows, found '{_firstText}'. "
                + "Correct it (an empty cell or NA is a missing value), or leave the column out (exclude), or name it in the "
                + "schema's 'text' list when its values are names.");
    }
}
