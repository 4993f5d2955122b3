namespace Analytics.Trainer.Worker.Data;

/// <summary>Whether both sides of a split have what training and evaluation need of the target.</summary>
internal static class TargetSides
{
    /// <summary>Classes with fewer held-out rows are named, and a number with fewer: the figures say little.</summary>
    public const int FewHoldoutRows = 5;

    /// <summary>
    /// Adds sentences for the operator to <paramref name="warnings"/>. Throws <see cref="InvalidInputException"/> when nothing can
    /// be learned from the training side.
    /// </summary>
    public static void Check(PreparedData data, ICollection<string> warnings)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(warnings);
        switch (data.Target)
        {
            case ClassTarget classes:
                CheckClasses(data, classes, warnings);
                break;
            case NumberTarget number:
                CheckNumber(data, number, warnings);
                break;
            default:
                throw new NotSupportedException(data.Target.GetType().Name);
        }
    }

    private static void CheckClasses(PreparedData data, ClassTarget target, ICollection<string> warnings)
    {
        var train = Count(data.TrainRows, target);
        var holdout = Count(data.HoldoutRows, target);
        if (train.Count(n => n > 0) < 2)
        {
            throw new InvalidInputException(
                $"Of {target.RowCount} rows {data.HoldoutRows.Count} are held out, and the others have fewer than two classes of '{target.Name}'; "
                + "training needs rows of at least two. Add rows.");
        }

        var untrained = target.Classes.Where((_, k) => train[k] == 0).ToList();
        if (untrained.Count > 0)
        {
            warnings.Add($"Classes without a training row, which the model never predicts: {NameList.Of(untrained)}.");
        }

        if (NothingHeldOut(data, warnings))
        {
            return;
        }

        var few = target.Classes.Where((_, k) => holdout[k] < FewHoldoutRows).ToList();
        if (few.Count > 0)
        {
            warnings.Add($"Classes with fewer than {FewHoldoutRows} held-out rows, whose figures say little: {NameList.Of(few)}.");
        }
    }

    private static void CheckNumber(PreparedData data, NumberTarget target, ICollection<string> warnings)
    {
        if (data.TrainRows.Count == 0 || data.TrainRows.All(r => target.Values[r] == target.Values[data.TrainRows[0]]))
        {
            throw new InvalidInputException(
                $"Of {target.RowCount} rows {data.HoldoutRows.Count} are held out, and the others do not have two different values of "
                + $"'{target.Name}'; training needs at least two. Add rows.");
        }

        if (!NothingHeldOut(data, warnings) && data.HoldoutRows.Count < FewHoldoutRows)
        {
            warnings.Add($"Only {data.HoldoutRows.Count} rows are held out; the figures say little.");
        }
    }

    private static bool NothingHeldOut(PreparedData data, ICollection<string> warnings)
    {
        if (data.HoldoutRows.Count > 0)
        {
            return false;
        }

        warnings.Add("No row is held out: the data is too small, and the model has no metrics.");
        return true;
    }

    private static int[] Count(IReadOnlyList<int> rows, ClassTarget target)
    {
        var counts = new int[target.Classes.Count];
        foreach (var row in rows)
        {
            counts[target.Indexes[row]]++;
        }

        return counts;
    }
}
