namespace Analytics.Trainer.Worker.Data;

/// <summary>A data set ready to be encoded: rows with a target, columns chosen, hold-out drawn.</summary>
/// <param name="Sha256">SHA-256 of the file, lower-case hexadecimal.</param>
/// <param name="Table">The rows that have a label.</param>
/// <param name="Target">What is predicted, and each row's true value.</param>
/// <param name="Inputs">The input columns in file order.</param>
/// <param name="Split">The split used.</param>
/// <param name="TrainRows">The rows to fit on, in file order.</param>
/// <param name="HoldoutRows">The rows held out, in file order.</param>
public sealed record PreparedData(
    string Sha256,
    DatasetTable Table,
    Target Target,
    IReadOnlyList<TableColumn> Inputs,
    SplitDefinition Split,
    IReadOnlyList<int> TrainRows,
    IReadOnlyList<int> HoldoutRows)
{
    /// <summary>Where the split is by time, the first value held out.</summary>
    public string? Cut { get; init; }
}
