using System.Globalization;
using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// Reads the label column. The schema's <c>target</c> says whether it holds classes or a number; where it does not, declared
/// classes are classes, and values that are all numbers are a number to predict when there are more than
/// <see cref="MostNumberClasses"/> different ones, or more than two of which one has a fraction.
/// </summary>
public static class TargetReading
{
    /// <summary>Up to this many different whole numbers are taken for classes.</summary>
    public const int MostNumberClasses = 30;

    /// <summary>Fewer rows than this cannot be split and learned from.</summary>
    public const int FewestRows = 10;

    /// <summary>
    /// Reads the label column, which has no missing cell. It was read as numbers when that was said, or when there are too many
    /// different ones for classes. Throws <see cref="InvalidInputException"/>.
    /// </summary>
    public static Target Read(TableColumn label, DatasetSchema schema)
    {
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(schema);
        return label switch
        {
            NumberColumn numbers => ReadNumber(numbers),
            TextColumn texts => ReadText(texts, schema),
            _ => throw new NotSupportedException(label.GetType().Name),
        };
    }

    private static NumberTarget ReadNumber(NumberColumn label)
    {
        var values = label.Values;
        RequireRows(values.Length, label.Name);
        return Array.TrueForAll(values, v => v == values[0])
            ? throw OneValue(values[0].ToString(CultureInfo.InvariantCulture), label.Name)
            : new NumberTarget(label.Name, values);
    }

    private static Target ReadText(TextColumn label, DatasetSchema schema)
    {
        RequireRows(label.Codes.Length, label.Name);
        if (label.Values.Count == 1)
        {
            throw OneValue(label.Values[0], label.Name);
        }

        var numbers = Numbers(label);
        var kind = schema.Target
            ?? (schema.Classes is null && numbers is not null && LooksLikeANumber(numbers) ? TargetKind.Number : TargetKind.Classes);
        return kind == TargetKind.Number
            ? new NumberTarget(label.Name, NumberOf(label))
            : ClassesOf(label, schema.Classes, numbers);
    }

    /// <summary>The label as classes, whatever it looks like.</summary>
    public static ClassTarget ReadClasses(TextColumn label, DatasetSchema schema) =>
        (ClassTarget)Read(label, schema with { Target = TargetKind.Classes });

    private static void RequireRows(int rows, string label)
    {
        if (rows < FewestRows)
        {
            throw new InvalidInputException(
                $"The data has {rows} rows with a label in column '{label}'; training needs at least {FewestRows}.");
        }
    }

    private static InvalidInputException OneValue(string value, string label) => new(
        $"Every row has the same label '{value}' in column '{label}'; training needs at least two classes, or two values of a number.");

    private static bool LooksLikeANumber(double[] numbers)
    {
        // "1" and "1.0" are two texts and one number.
        var distinct = numbers.Distinct().ToList();
        return distinct.Count > MostNumberClasses || (distinct.Count > 2 && !distinct.TrueForAll(double.IsInteger));
    }

    // For each distinct text its number; null when one of them is none.
    private static double[]? Numbers(TextColumn label)
    {
        var numbers = new double[label.Values.Count];
        for (var v = 0; v < numbers.Length; v++)
        {
            if (!CellText.TryParseNumber(label.Values[v], out _))
            {
                return null;
            }

            // As a double: the order of classes must not suffer from rounding.
            numbers[v] = double.Parse(label.Values[v], CultureInfo.InvariantCulture);
        }

        return numbers;
    }

    private static float[] NumberOf(TextColumn label)
    {
        var byCode = label.Values.Select(v => CellText.TryParseNumber(v, out var number)
            ? number
            : throw new InvalidInputException(
                $"The label column '{label.Name}' is to be a number (target: number) and has '{v}'. Correct the value, or leave it empty "
                + "(rows without a label are left out), or train classes (target: classes).")).ToArray();
        return Array.ConvertAll(label.Codes, code => byCode[code]);
    }

    private static ClassTarget ClassesOf(TextColumn label, IReadOnlyList<string>? declared, double[]? numbers)
    {
        var classes = declared is { Count: > 0 } ? Declared(label, declared) : Ordered(label, numbers);
        var indexOf = classes.Select((name, index) => (name, index)).ToDictionary(c => c.name, c => c.index, StringComparer.Ordinal);
        var byCode = label.Values.Select(v => indexOf[v]).ToArray();
        return new ClassTarget(label.Name, classes, Array.ConvertAll(label.Codes, code => byCode[code]));
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

    private static List<string> Ordered(TextColumn label, double[]? numbers)
    {
        if (label.Values.Count > ClassTarget.MostClasses)
        {
            throw new InvalidInputException(
                $"The label column '{label.Name}' has {label.Values.Count} different values; at most {ClassTarget.MostClasses} classes can be trained. "
                + $"Is it an id or free text? Choose another label{(numbers is null ? "" : ", or train a number (target: number)")}.");
        }

        return numbers is not null && numbers.All(double.IsInteger)
            ? [.. label.Values.Select((v, i) => (v, n: numbers[i])).OrderBy(p => p.n).ThenBy(p => p.v, StringComparer.Ordinal).Select(p => p.v)]
            : [.. label.Values.Order(StringComparer.Ordinal)];
    }
}
