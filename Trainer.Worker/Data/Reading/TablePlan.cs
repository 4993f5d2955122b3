namespace Analytics.Trainer.Worker.Data.Reading;

/// <summary>Which columns of a source become a table.</summary>
/// <param name="Label">The label column; rows where it is missing are left out.</param>
/// <param name="Columns">The other columns.</param>
/// <param name="Text">Those of them that are text whatever they look like.</param>
/// <param name="Lenient">Those that nothing is learned from: a few texts among their numbers make them text, not a fault.</param>
/// <param name="Target">The label's kind where it is said.</param>
internal sealed record TablePlan(
    string Label,
    IReadOnlySet<string> Columns,
    IReadOnlySet<string> Text,
    IReadOnlySet<string> Lenient,
    TargetKind? Target = null)
{
    /// <summary>Columns that must be numbers: any text in them is a fault, however many there are.</summary>
    public IReadOnlySet<string> Number { get; init; } = new HashSet<string>();

    /// <summary>Columns that are read however many different texts they have.</summary>
    public IReadOnlySet<string> Wanted { get; init; } = new HashSet<string>();
}

/// <summary>A table as read.</summary>
/// <param name="Table">The rows that have a label.</param>
/// <param name="UnlabelledRows">The number of rows left out because they have none.</param>
/// <param name="TooManyTexts">Columns that were not read, for they have too many different texts.</param>
public sealed record TableReading(DatasetTable Table, long UnlabelledRows, IReadOnlyList<string> TooManyTexts);
