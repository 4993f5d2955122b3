using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>
/// What all cells of a column are. It is a number column when every cell that is not missing is a number, and a text column when
/// at least two and more than a tenth of them are not. In between, a few texts among numbers, it is a fault in the data:
/// training on it either way would give a wrong model without a word. The same holds for dates. Booleans are so only together.
/// </summary>
/// <param name="Name">The column's name.</param>
/// <param name="Numbers">Cells that are numbers.</param>
/// <param name="Texts">Cells that are neither missing nor numbers.</param>
/// <param name="Distinct">About how many different values it has (HyperLogLog, within some per cent).</param>
internal sealed record ColumnFacts(string Name, long Numbers, long Texts, long Distinct)
{
    private const double FaultyShare = 0.1;

    /// <summary>Texts that are dates, with a time or without.</summary>
    public long Dates { get; init; }

    /// <summary>Those of them with a time.</summary>
    public long Times { get; init; }

    /// <summary>Texts that are true or false.</summary>
    public long Booleans { get; init; }

    /// <summary>Cells with a value.</summary>
    public long Present => Numbers + Texts;

    /// <summary>What nearly all cells are, where <see cref="Inferred"/> is null.</summary>
    public ColumnType Most => Dates > Numbers ? DateType : ColumnType.Number;

    /// <summary>Cells that are not what nearly all others are.</summary>
    public long Strange => Present - Math.Max(Numbers, Dates);

    /// <summary>The type of a column of dates.</summary>
    public ColumnType DateType => Times > 0 ? ColumnType.Timestamp : ColumnType.Date;

    /// <summary>The type it has by its cells; null for a few texts among numbers or dates.</summary>
    public ColumnType? Inferred()
    {
        // A column without any value has no type; text without categories is what a later file can always extend.
        if (Present == 0)
        {
            return ColumnType.Text;
        }

        if (Texts == 0)
        {
            return ColumnType.Number;
        }

        if (Booleans == Present)
        {
            return ColumnType.Boolean;
        }

        if (Dates == Present)
        {
            return DateType;
        }

        return Strange <= Math.Max(1, FaultyShare * Present) && Math.Max(Numbers, Dates) > Strange ? null : ColumnType.Text;
    }
}
