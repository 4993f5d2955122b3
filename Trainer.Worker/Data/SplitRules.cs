using Analytics.Registry.Database;
using Analytics.Trainer.Worker.Runs;

namespace Analytics.Trainer.Worker.Data;

/// <summary>Which split a training has: the one asked for, else the data set's, else a new one by hash.</summary>
internal static class SplitRules
{
    private const double DefaultShare = 0.2;

    /// <summary>What is wrong with a choice, as a sentence; null: nothing.</summary>
    public static string? FindFault(SplitChoice choice)
    {
        if (!EnumNames.TryParse<SplitKind>(choice.By ?? "", out var by))
        {
            return $"'split.by' is hash, time or group; found '{choice.By}'.";
        }

        if ((by == SplitKind.Hash) != string.IsNullOrEmpty(choice.Column))
        {
            return by == SplitKind.Hash
                ? $"'split.column' is for time and group; by hash all columns count. Found '{choice.Column}'."
                : $"'split.column' is missing: name the column of the {(by == SplitKind.Time ? "times" : "groups")}.";
        }

        return choice.Share is { } share && !(share is >= 0.05 and <= 0.5)
            ? FormattableString.Invariant($"'split.share' is a number from 0.05 to 0.5; found {share}.")
            : null;
    }

    /// <summary>The columns that must be read for it.</summary>
    public static IReadOnlyList<string> ColumnsOf(SplitChoice? asked, SplitDefinition? known) =>
        asked is null || KindOf(asked) == SplitKind.Hash ? known is null || (asked is not null && known.By != SplitKind.Hash) ? [] : known.Columns
        : [asked.Column!];

    /// <summary>The column that groups rows; null for another split.</summary>
    public static string? GroupOf(SplitChoice? asked, SplitDefinition? known) =>
        asked is null
            ? known is { By: SplitKind.Group } ? known.Columns[0] : null
            : KindOf(asked) == SplitKind.Group ? asked.Column : null;

    /// <summary>The split; a new one has the data set's name as its salt.</summary>
    public static SplitDefinition Choose(string dataset, SplitChoice? asked, SplitDefinition? known, IReadOnlyList<TableColumn> inputs)
    {
        if (asked is null && known is not null)
        {
            return known;
        }

        var columns = ColumnsOf(asked, known);
        return new SplitDefinition(
            known?.Salt ?? dataset,
            columns.Count > 0 ? columns : [.. inputs.Select(i => i.Name)],
            asked?.Share ?? DefaultShare)
        {
            By = asked is null ? SplitKind.Hash : KindOf(asked),
        };
    }

    private static SplitKind KindOf(SplitChoice asked) => FindFault(asked) is { } fault
        ? throw new InvalidInputException(fault)
        : Enum.Parse<SplitKind>(asked.By, ignoreCase: true);
}
