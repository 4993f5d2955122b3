using System.Globalization;
using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>The classes in the signature's order, and each row's index into them.</summary>
/// <param name="Classes">The schema's order when it declares one; else ascending when all are whole numbers; else ordinal.</param>
/// <param name="Indexes">For each row its class.</param>
public sealed record ClassLabels(IReadOnlyList<string> Classes, int[] Indexes)
{
    /// <summary>More classes than this are taken for a number or a name, not for classes.</summary>
    public const int MostClasses = 1000;

    /// <summary>Fewer rows than this cannot be split and learned from.</summary>
    public const int FewestRows = 10;

    /// <summary>Reads the label column, which has no missing cell. Throws <see cref="InvalidInputException"/>.</summary>
    public static ClassLabels From(TextColumn label, IReadOnlyList<string>? declared)
    {
        ArgumentNullException.ThrowIfNull(label);
        if (label.Codes.Length < FewestRows)
        {
            throw new InvalidInputException(
                $"The data has {label.Codes.Length} rows with a label in column '{label.Name}'; training needs at least {FewestRows}.");
        }

        if (label.Values.Count == 1)
        {
            throw new InvalidInputException(
                $"Every row has the same label '{label.Values[0]}' in column '{label.Name}'; training needs at least two classes.");
        }

        var classes = declared is { Count: > 0 } ? Declared(label, declared) : Ordered(label);
        var indexOf = classes.Select((name, index) => (name, index)).ToDictionary(c => c.name, c => c.index, StringComparer.Ordinal);
        var byCode = label.Values.Select(v => indexOf[v]).ToArray();
        return new ClassLabels(classes, Array.ConvertAll(label.Codes, code => byCode[code]));
    }

    private static IReadOnlyList<string> Declared(TextColumn label, IReadOnlyList<string> declared)
    {
        if (declared.GroupBy(c => c, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidInputException($"The schema's 'classes' name '{twice.Key}' twice.");
        }

        var unknown = label.Values.Except(declared, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return unknown.Count == 0
            ? declared
            : throw new InvalidInputException(
                $"Column '{label.Name}' has {NameList.Of(unknown)}, which the schema's 'classes' do not name; they are {NameList.Of(declared)}. "
                + "Add the classes to the schema or correct the rows.");
    }

    private static List<string> Ordered(TextColumn label)
    {
        var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var value in label.Values)
        {
            if (CellText.TryParseNumber(value, out _))
            {
                numbers[value] = double.Parse(value, CultureInfo.InvariantCulture);
            }
        }

        var allNumbers = numbers.Count == label.Values.Count;
        var allWhole = allNumbers && numbers.Values.All(double.IsInteger);
        if (allNumbers && (!allWhole || numbers.Count > MostClasses))
        {
            throw new InvalidInputException(
                $"The label column '{label.Name}' has {numbers.Count} different numbers, such as '{label.Values[0]}': it looks like a number to "
                + "predict, and this version trains classes only. Choose another label, put the values into a few classes, or name "
                + "them in the schema's 'classes'.");
        }

        if (label.Values.Count > MostClasses)
        {
            throw new InvalidInputException(
                $"The label column '{label.Name}' has {label.Values.Count} different values; at most {MostClasses} classes can be trained. "
                + "Is it an id or free text? Choose another label.");
        }

        return allWhole
            ? [.. label.Values.OrderBy(v => numbers[v]).ThenBy(v => v, StringComparer.Ordinal)]
            : [.. label.Values.Order(StringComparer.Ordinal)];
    }
}
