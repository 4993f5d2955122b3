using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>
/// What all cells of a column are. It is a number column when every cell that is not missing is a number, and a text column when
/// at least two and more than a tenth of them are not. In between, a few texts among numbers, it is a fault in the data:
/// training on it either way would give a wrong model without a word.
/// </summary>
/// <param name="Name">The column's name.</param>
/// <param name="Numbers">Cells that are numbers.</param>
/// <param name="Texts">Cells that are neither missing nor numbers.</param>
/// <param name="Distinct">About how many different values it has (HyperLogLog, within some per cent).</param>
internal sealed record ColumnFacts(string Name, long Numbers, long Texts, long Distinct)
{
    private const double FaultyShare = 0.1;

    /// <summary>Cells with a value.</summary>
    public long Present => Numbers + Texts;

    /// <summary>The type it has by its cells; null for a few texts among numbers.</summary>
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

        return Texts <= Math.Max(1, FaultyShare * Present) && Numbers > Texts ? null : ColumnType.Text;
    }
}
