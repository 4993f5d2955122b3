namespace Analytics.Registry.Models;

/// <summary>The parts of a date that a graph sees, each a whole number as float32; NaN where the date is missing.</summary>
public static class DateParts
{
    private static readonly (string Name, Func<DateTime, float> Of)[] All =
    [
        ("year", d => d.Year),
        ("month", d => d.Month),
        ("day", d => d.Day),
        // ISO 8601: Monday is 1, Sunday 7.
        ("dayOfWeek", d => (((int)d.DayOfWeek + 6) % 7) + 1),
        ("dayOfYear", d => d.DayOfYear),
        ("hour", d => d.Hour),
        ("minute", d => d.Minute),
    ];

    private static readonly string[] Names = [.. All.Select(p => p.Name)];

    /// <summary>What a column of the type has: a date the first five, a timestamp all.</summary>
    public static IReadOnlyList<string> Of(ColumnType type) => type == ColumnType.Timestamp ? Names : Names[..5];

    /// <summary>The function that computes a part; null for a name that is none.</summary>
    public static Func<DateTime, float>? Find(string part) => Array.Find(All, p => p.Name == part).Of;

    /// <summary>The graph's input of a part.</summary>
    public static string InputName(string column, string part) => $"{column}.{part}";

    /// <summary>The signature as the graph has it, a number for each part of a date; the same where there is no date.</summary>
    public static Signature GraphOf(Signature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        return signature.Inputs.Any(i => i.Type.IsDate())
            ? signature with { Inputs = [.. signature.Inputs.SelectMany(GraphInputs)] }
            : signature;
    }

    private static IEnumerable<InputColumn> GraphInputs(InputColumn input) => input.Type.IsDate()
        ? input.Parts!.Select(p => new InputColumn(InputName(input.Name, p), ColumnType.Number, input.Required))
        : [input];
}
