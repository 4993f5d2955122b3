namespace Analytics.Trainer.Worker.Data;

/// <summary>Which columns of a header the schema asks to learn from.</summary>
/// <param name="Label">The label column.</param>
/// <param name="Candidates">The input columns in file order; <see cref="FeatureSelection"/> may leave some out.</param>
/// <param name="Named">Those that the schema names itself (include): they stay in unless they have no value at all.</param>
public sealed record ColumnChoice(string Label, IReadOnlyList<string> Candidates, IReadOnlySet<string> Named)
{
    /// <summary>Applies the schema to the header. Throws <see cref="InvalidInputException"/> for a column that is not there.</summary>
    public static ColumnChoice For(IReadOnlyList<string> header, DatasetSchema schema)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(schema);
        if (schema.Label is not { Length: > 0 } label)
        {
            throw new InvalidInputException(
                $"No label column is given: name one in the run's 'label' or the data set's schema. The data has {NameList.Of(header)}.");
        }

        Require(header, [label], "label");
        Require(header, schema.Include, "include");
        Require(header, schema.Exclude, "exclude");
        Require(header, schema.Text, "text");
        Require(header, schema.Number, "number");
        Require(header, schema.Boolean, "boolean");
        Require(header, schema.Date, "date");
        var named = (schema.Include ?? []).ToHashSet(StringComparer.Ordinal);
        var excluded = (schema.Exclude ?? []).ToHashSet(StringComparer.Ordinal);
        var candidates = header
            .Where(c => c != label && !excluded.Contains(c) && (schema.Include is null || named.Contains(c)))
            .ToList();
        return candidates.Count > 0
            ? new ColumnChoice(label, candidates, named)
            : throw new InvalidInputException(
                $"No column is left to learn from beside the label '{label}'; change 'include' or 'exclude'. The data has {NameList.Of(header)}.");
    }

    private static void Require(IReadOnlyList<string> header, IReadOnlyList<string>? names, string part)
    {
        if (names?.Where(n => !header.Contains(n)).ToList() is { Count: > 0 } unknown)
        {
            throw new InvalidInputException(
                $"'{part}' names {NameList.Of(unknown)}, which the data does not have; it has {NameList.Of(header)}.");
        }
    }
}
