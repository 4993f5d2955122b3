using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>From a file to <see cref="PreparedData"/>: check, read, choose, split. Each fault in the data is one sentence.</summary>
public static class DataPreparation
{
    /// <summary>Classes with fewer held-out rows are named: their figures say little.</summary>
    public const int FewHoldoutRows = 5;

    /// <summary>
    /// Reads the file: the schema's columns, those the split is drawn by, and those of the champion's signature, so that it can be
    /// compared. Throws <see cref="InvalidInputException"/>.
    /// </summary>
    public static async Task<(string Sha256, ColumnChoice Choice, TableReading Reading)> ReadAsync(
        string path, DatasetSchema schema, SplitDefinition? split, Signature? champion, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(schema);
        var sha256 = await TextFile.CheckAsync(path, cancellationToken);
        var header = CsvDataset.ReadHeader(path);
        var choice = ColumnChoice.For(header, schema);
        if (split?.Columns.Where(c => !header.Contains(c)).ToList() is { Count: > 0 } gone)
        {
            throw new InvalidInputException(
                $"The data has no {NameList.Of(gone)}, which the data set's hold-out is drawn by since its first training; it has {NameList.Of(header)}. "
                + "Put the column back, or upload the data under a new data set name, which gets a hold-out of its own.");
        }

        var more = (split?.Columns ?? [])
            .Concat(champion?.Inputs.Select(i => i.Name).Where(header.Contains) ?? [])
            .Except(choice.Candidates)
            .ToHashSet(StringComparer.Ordinal);
        var plan = new TablePlan(
            choice.Label,
            choice.Candidates.Concat(more).ToHashSet(StringComparer.Ordinal),
            (schema.Text ?? []).ToHashSet(StringComparer.Ordinal),
            more);
        return (sha256, choice, CsvDataset.Read(path, plan, cancellationToken));
    }

    /// <summary>
    /// Chooses columns and draws the hold-out; a new split has the data set's name as its salt. Sentences for the operator are
    /// added to <paramref name="warnings"/>. Throws <see cref="InvalidInputException"/>.
    /// </summary>
    public static PreparedData Prepare(
        string dataset,
        string sha256,
        ColumnChoice choice,
        TableReading reading,
        DatasetSchema schema,
        SplitDefinition? split,
        ICollection<string> warnings)
    {
        ArgumentNullException.ThrowIfNull(choice);
        ArgumentNullException.ThrowIfNull(reading);
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(warnings);
        var table = reading.Table;
        if (reading.UnlabelledRows > 0)
        {
            warnings.Add($"{reading.UnlabelledRows} rows have no label in column '{choice.Label}' and were left out.");
        }

        var labels = ClassLabels.From((TextColumn)table[choice.Label], schema.Classes);
        var inputs = FeatureSelection.Select(table, choice, warnings);
        split ??= new SplitDefinition(dataset, [.. inputs.Select(i => i.Name)]);
        var held = HoldoutSplit.Assign(table, split);
        var data = new PreparedData(
            sha256,
            table,
            labels,
            inputs,
            split,
            [.. Enumerable.Range(0, held.Length).Where(r => !held[r])],
            [.. Enumerable.Range(0, held.Length).Where(r => held[r])]);
        CheckSides(data, choice.Label, warnings);
        return data;
    }

    private static void CheckSides(PreparedData data, string label, ICollection<string> warnings)
    {
        var train = Count(data.TrainRows, data.Labels);
        var holdout = Count(data.HoldoutRows, data.Labels);
        if (train.Count(n => n > 0) < 2)
        {
            throw new InvalidInputException(
                $"Of {data.Table.RowCount} rows {data.HoldoutRows.Count} are held out, and the others have fewer than two classes of '{label}'; "
                + "training needs rows of at least two. Add rows.");
        }

        var classes = data.Labels.Classes;
        var untrained = classes.Where((_, k) => train[k] == 0).ToList();
        if (untrained.Count > 0)
        {
            warnings.Add($"Classes without a training row, which the model never predicts: {NameList.Of(untrained)}.");
        }

        if (data.HoldoutRows.Count == 0)
        {
            warnings.Add("No row is held out: the data is too small, and the model has no metrics.");
            return;
        }

        var few = classes.Where((_, k) => holdout[k] < FewHoldoutRows).ToList();
        if (few.Count > 0)
        {
            warnings.Add($"Classes with fewer than {FewHoldoutRows} held-out rows, whose figures say little: {NameList.Of(few)}.");
        }
    }

    private static int[] Count(IReadOnlyList<int> rows, ClassLabels labels)
    {
        var counts = new int[labels.Classes.Count];
        foreach (var row in rows)
        {
            counts[labels.Indexes[row]]++;
        }

        return counts;
    }
}
