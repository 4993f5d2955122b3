using Analytics.Registry.Models;
using Analytics.Trainer.Worker.Data.Reading;

namespace Analytics.Trainer.Worker.Data;

/// <summary>From a file to <see cref="PreparedData"/>: check, read, choose, split. Each fault in the data is one sentence.</summary>
public static class DataPreparation
{
    /// <summary>
    /// Reads a file, or all files of a folder: the schema's columns, those the split is drawn by, and those of the champion's
    /// signature, so that it can be compared. Files in the making, and a table too large for memory, lie in
    /// <paramref name="scratch"/>. Throws <see cref="InvalidInputException"/>.
    /// </summary>
    public static async Task<(string Sha256, ColumnChoice Choice, TableReading Reading)> ReadAsync(
        string path,
        DatasetSchema schema,
        SplitDefinition? split,
        Signature? champion,
        CancellationToken cancellationToken,
        string? scratch = null)
    {
        ArgumentNullException.ThrowIfNull(schema);
        scratch ??= Path.Combine(Path.GetTempPath(), $"analytics-{Guid.NewGuid():N}");
        using var source = await DatasetSource.OpenAsync(path, schema, scratch, cancellationToken);
        var header = source.Header;
        var choice = ColumnChoice.For(header, schema);
        var splitColumns = SplitRules.ColumnsOf(schema.Split, split);
        if (schema.Split is { Column: { } column } && !header.Contains(column))
        {
            throw new InvalidInputException($"'split' names column '{column}', which the data does not have; it has {NameList.Of(header)}.");
        }

        if (splitColumns.Where(c => !header.Contains(c)).ToList() is { Count: > 0 } gone)
        {
            throw new InvalidInputException(
                $"The data has no {NameList.Of(gone)}, which the data set's hold-out is drawn by since its first training; it has {NameList.Of(header)}. "
                + "Put the column back, or upload the data under a new data set name, which gets a hold-out of its own.");
        }

        var more = splitColumns
            .Concat(champion?.Inputs.Select(i => i.Name).Where(header.Contains) ?? [])
            .Except(choice.Candidates)
            .ToHashSet(StringComparer.Ordinal);
        var plan = new TablePlan(
            choice.Label,
            choice.Candidates.Concat(more).ToHashSet(StringComparer.Ordinal),
            (schema.Text ?? []).ToHashSet(StringComparer.Ordinal),
            more,
            schema.Target ?? (schema.Classes is null ? null : TargetKind.Classes))
        {
            Number = (schema.Number ?? []).ToHashSet(StringComparer.Ordinal),
            Wanted = more.Concat(choice.Named).Concat(splitColumns).ToHashSet(StringComparer.Ordinal),
        };
        return (source.Sha256, choice, TableLoading.Read(source, plan, cancellationToken));
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

        if (reading.TooManyTexts.Count > 0)
        {
            warnings.Add(
                $"Left out because it has more than {TableLoading.MostTexts} different texts (ids or free text; 'include' keeps it): "
                + $"{NameList.Of(reading.TooManyTexts)}.");
        }

        var target = TargetReading.Read(table[choice.Label], schema);
        var inputs = FeatureSelection.Select(table, choice, warnings, SplitRules.GroupOf(schema.Split, split));
        split = SplitRules.Choose(dataset, schema.Split, split, inputs);
        var (held, cut) = split.By == SplitKind.Time ? TimeSplit.Assign(table, split, warnings) : (HoldoutSplit.Assign(table, split), null);
        var data = new PreparedData(
            sha256,
            table,
            target,
            inputs,
            split,
            [.. Enumerable.Range(0, held.Length).Where(r => !held[r])],
            [.. Enumerable.Range(0, held.Length).Where(r => held[r])])
        {
            Cut = cut,
        };
        TargetSides.Check(data, warnings);
        if (LabelLeaks.Find(target, inputs, data.TrainRows) is { Count: > 0 } leaks)
        {
            warnings.Add(
                $"Gives the label away by itself: {NameList.Of(leaks)}. Where it is not known before the label is, leave it out (exclude): the figures are "
                + "too good, and predictions will not be.");
        }

        return data;
    }
}
